/**
 * Frames on their way into a socket, in order.
 *
 * @module
 */

import { suspend, type WaitOptions } from "../base/deadline.ts";
import { TimeoutError } from "../base/errors.ts";
import { Fifo } from "../base/fifo.ts";
import { Writer } from "../codec/writer.ts";
import { writeNetworkFrame } from "./network_frame.ts";

// So many bytes of waiting frames are worth a copy to spare system calls.
const JOINED_BYTES = 1 << 16;

interface Outgoing {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly writer: Writer;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Writes frames; those that are made while a write is under way leave together with the next one. */
export class NetworkSender {
  readonly #conn: Deno.Conn;
  readonly #queue = new Fifo<Outgoing>();
  #spare: Writer | undefined = new Writer();
  #writing = false;
  #failure: unknown;

  /** @param conn Where to write. */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /**
   * Sends one frame after those sent before.
   *
   * @param build Writes it, at once; if it throws, nothing is sent.
   * @returns A promise that resolves when the system has it.
   */
  send(build: (writer: Writer) => void, { timeout, signal }: WaitOptions): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const writer = this.#spare ?? new Writer();
    this.#spare = undefined;
    const bytes = this.#made(writer, build);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const outgoing = { bytes, writer, resolve, reject };
    this.#queue.push(outgoing);
    if (!this.#writing) this.#run();
    if (timeout === undefined && signal === undefined) return promise;
    return this.#limited(promise, outgoing, { ...timeout !== undefined && { timeout }, ...signal && { signal } });
  }

  /** Rejects what is not sent, now and from now on. */
  fail(reason: unknown): void {
    this.#failure ??= reason;
    for (const { reject } of this.#queue.drain()) reject(this.#failure);
  }

  #made(writer: Writer, build: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
    try {
      return writeNetworkFrame(writer, build);
    } catch (error) {
      this.#recycle(writer);
      throw error;
    }
  }

  async #run(): Promise<void> {
    this.#writing = true;
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      try {
        await writeAll(this.#conn, batch.length === 1 ? batch[0]?.bytes : joined(batch));
        batch.forEach(({ resolve }) => resolve());
      } catch (cause) {
        this.fail(new Deno.errors.BrokenPipe("Cannot send: the other end of the connection is gone", { cause }));
        batch.forEach(({ reject }) => reject(this.#failure));
      }
      batch.forEach(({ writer }) => this.#recycle(writer));
    }
    this.#writing = false;
  }

  #nextBatch(): Outgoing[] {
    const batch: Outgoing[] = [];
    for (let size = 0; this.#queue.first !== undefined;) {
      size += this.#queue.first.bytes.length;
      if (batch.length > 0 && size > JOINED_BYTES) break;
      batch.push(this.#queue.shift() as Outgoing);
    }
    return batch;
  }

  #recycle(writer: Writer): void {
    writer.reset();
    this.#spare = writer;
  }

  #limited(sent: Promise<void>, outgoing: Outgoing, { timeout, signal }: WaitOptions): Promise<void> {
    // A frame that nothing is before has gone to the system, which is not waited for without time; but it has to be heard.
    const least = timeout === undefined ? {} : { timeout: Math.max(timeout, 1) };
    let withdrawn = false;
    return suspend<void>({ ...least, ...signal && { signal } }, (resolve, reject) => {
      sent.then(resolve, reject);
      return () => withdrawn = this.#queue.remove(outgoing);
    }, () => {
      const state = withdrawn
        ? "left no room; nothing was sent"
        : "took only a part of the message; the rest follows when it makes room";
      throw new TimeoutError(`Cannot send: within ${timeout} ms the peer ${state}`);
    });
  }
}

async function writeAll(conn: Deno.Conn, bytes = new Uint8Array(0)): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await conn.write(rest));
}

function joined(batch: readonly Outgoing[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(batch.reduce((size, { bytes }) => size + bytes.length, 0));
  let at = 0;
  for (const { bytes } of batch) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}
