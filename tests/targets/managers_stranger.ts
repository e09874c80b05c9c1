/** A client that speaks the wire of managers by itself, and wrongly. */
import { type Address, Client, Listener } from "../../mod.ts";
import type { Connection } from "../../src/channel/connection.ts";
import { networkDecoder, NetworkHandoff } from "../../src/channel/network_codec.ts";
import { keyOf } from "../../src/channel/shared_wire.ts";
import { encode } from "../../src/codec/encode.ts";
import { Reader } from "../../src/codec/reader.ts";
import { Writer } from "../../src/codec/writer.ts";
import { ToClient, ToServer } from "../../src/managers/wire.ts";

/** What the server answers to requests that it must refuse. */
export async function wrongs(address: Address, authKey: string): Promise<string[]> {
  using connection: Connection = await Client(address, { authKey });
  const requests: [number, unknown][] = [
    [ToServer.CALL, [1, "getValue", [], false]],
    [ToServer.SHUTDOWN, undefined],
    [ToServer.LEND, [1, "key", undefined]],
  ];
  const answers: string[] = [];
  for (const [op, body] of requests) {
    await connection.sendBytes(request(op, 7, body));
    const [answer] = await connection.recvBytes();
    answers.push(Object.entries(ToClient).find(([, value]) => value === answer)?.[0] ?? "nothing");
  }
  return answers;
}

/** Says of all that may be on its way in the program that it has arrived. */
export async function claimAll(address: Address, authKey: string): Promise<void> {
  using connection: Connection = await Client(address, { authKey });
  for (let serial = 1; serial <= 200; serial++) {
    await connection.sendBytes(request(ToServer.CLAIM, 0, [0, keyOf({ creator: [], serial })]));
  }
  await connection.sendBytes(request(ToServer.ASK, 1, "count"));
  await connection.recvBytes();
}

/** One client lends another a list, and both give it up; the other hears of it before the server does. */
export async function claimAhead(address: Address, authKey: string): Promise<Disposable> {
  const [lender, receiver] = [await Client(address, { authKey }), await Client(address, { authKey })];
  const ask = async (client: Connection, op: number, body: unknown) => {
    await client.sendBytes(request(op, 1, body));
    await client.recvBytes();
  };
  await ask(lender, ToServer.CREATE, ["list", []]);
  await ask(receiver, ToServer.CLAIM, [1, "key"]);
  await ask(lender, ToServer.LEND, [1, "key", undefined]);
  for (const client of [lender, receiver]) await ask(client, ToServer.RELEASE, 1);
  const both = new DisposableStack();
  for (const client of [lender, receiver]) both.use(client);
  return both;
}

/** Makes a list of some size, and asks for it so often without reading an answer. */
export async function askWithoutReading(address: Address, authKey: string, times: number): Promise<Connection> {
  const connection = await Client(address, { authKey });
  await connection.sendBytes(request(ToServer.CREATE, 1, ["list", [[new Uint8Array(100_000)]]]));
  await connection.recvBytes();
  const ask = request(ToServer.CALL, 2, [2, "copy", [], false]);
  for (let left = times; left > 0; left--) {
    // When the server reads no more, this waits, so it is not waited for.
    connection.sendBytes(ask).catch(() => {});
  }
  return connection;
}

/** What a server is called within its program, which it tells everybody. */
export async function nameOf(address: Address, authKey: string): Promise<unknown> {
  using connection: Connection = await Client(address, { authKey });
  await connection.sendBytes(request(ToServer.ASK, 1, "server"));
  const reader = new Reader(await connection.recvBytes());
  reader.u8();
  reader.varuint();
  return networkDecoder("ask", [])(reader.bytes(reader.remaining), "a server");
}

/** A server that says that it is another one, and notes what it is asked. */
export class Impostor {
  readonly asked: number[] = [];
  readonly #listener: Listener;
  readonly #name: unknown;
  readonly #serving: Promise<void>;

  constructor(name: unknown, authKey: string) {
    this.#name = name;
    this.#listener = new Listener({ address: ["127.0.0.1", 0], authKey });
    this.#serving = this.#serve();
  }

  get address(): Address {
    return this.#listener.address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener[Symbol.asyncDispose]();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) this.#answer(connection);
  }

  async #answer(connection: Connection): Promise<void> {
    try {
      for (;;) {
        const reader = new Reader(await connection.recvBytes());
        const [op, call] = [reader.u8(), reader.varuint()];
        this.asked.push(op);
        await connection.sendBytes(request(ToClient.VALUE, call, op === ToServer.ASK ? this.#name : 666));
      }
    } catch {
      connection.close();
    }
  }
}

function request(op: number, call: number, body: unknown): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.u8(op);
  writer.varuint(call);
  encode(body, writer, new NetworkHandoff("a server"));
  return writer.finish();
}
