import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  BufferTooShort,
  type Connection,
  EOFError,
  getContext,
  inline,
  InvalidStateError,
  Listener,
  Lock,
  NotSupportedError,
  Pipe,
  TimeoutError,
  wait,
} from "../../mod.ts";
import { MAGIC, Tag, UNREPEATED, VERSION } from "../../src/codec/wire.ts";
import { Random } from "../helpers/random.ts";
import {
  bytesOf,
  concat,
  dial,
  double,
  forEachKind,
  forEachPair,
  frame,
  textOf,
  writeAll,
} from "../targets/listeners.ts";

const ALPHABET = bytesOf("abcdefghijklmnopqrstuvwxyz");

forEachPair(
  "Connection over a network carries values and bytes with their boundaries [CONN-03] [CONN-04]",
  async (a, b) => {
    await a.send([1, "hello", null]);
    assertEquals(await b.recv(), [1, "hello", null]);
    await b.sendBytes(bytesOf("thank you"));
    assertEquals(textOf(await a.recvBytes()), "thank you");
    for (const text of ["a", "b", "cd", ""]) await a.sendBytes(bytesOf(text));
    for (const text of ["a", "b", "cd", ""]) assertEquals(textOf(await b.recvBytes()), text);
    const into = new Int32Array(10);
    await a.sendBytes(Int32Array.of(0, 1, 2, 3, 4));
    assertEquals(await b.recvBytesInto(into), 20);
    assertEquals([...into], [0, 1, 2, 3, 4, 0, 0, 0, 0, 0]);
  },
);

forEachPair("Connection over a network ends when the other end is closed [CONN-05] [CONN-16]", async (a, b) => {
  await a.send(1);
  await a.send(2);
  a.close();
  a.close();
  assertEquals(await Array.fromAsync(b), [1, 2]);
  await assertRejects(() => b.recv(), EOFError);
  await assertRejects(() => b.recvBytes(), EOFError);
  assertEquals(await b.poll(), true);
  assertEquals(a.closed, true);
  await assertRejects(() => a.send(1), InvalidStateError, "closed");
  await assertRejects(() => a.poll(), InvalidStateError, "closed");
});

forEachPair("Connection.close() ends what waits on it here", async (a) => {
  const receiving = assertRejects(() => a.recv(), InvalidStateError, "closed");
  const polling = a.poll({});
  a.close();
  await receiving;
  assertEquals(await polling, true);
});

forEachPair(
  "Connection.poll() over a network takes nothing, and waits as long as it is told [CONN-08] [CONN-09]",
  async (a, b) => {
    assertEquals(await b.poll(), false);
    assertEquals(await b.poll({ timeout: -1 }), false);
    const before = performance.now();
    assertEquals(await b.poll({ timeout: 30 }), false);
    assert(performance.now() - before >= 29);
    const polling = b.poll({});
    await a.sendBytes(bytesOf(""));
    assertEquals(await polling, true);
    assertEquals(await b.poll(), true);
    assertEquals(await b.recvBytes(), new Uint8Array());
    assertEquals(await b.poll(), false);
    a.close();
    assertEquals(await b.poll({}), true);
  },
);

forEachPair("Connection.sendBytes() over a network sends a part [CONN-10] [CONN-11]", async (a, b) => {
  for (
    const [place, text] of [[[5], "fghijklmnopqrstuvwxyz"], [[7, 8], "hijklmno"], [[26], ""], [[26, 0], ""]] as const
  ) {
    await a.sendBytes(ALPHABET, ...place);
    assertEquals(textOf(await b.recvBytes()), text);
  }
  for (const place of [[27], [22, 5], [26, 1], [-1], [4, -1]]) {
    await assertRejects(() => a.sendBytes(ALPHABET, ...place), RangeError);
  }
  await assertRejects(() => a.sendBytes("text" as unknown as BufferSource), TypeError);
  assertEquals(await b.poll(), false);
});

forEachPair("Connection.recvBytes() over a network refuses what is too long [CONN-12] [CONN-13]", async (a, b) => {
  await a.sendBytes(ALPHABET);
  assertEquals(await b.recvBytes(26), ALPHABET);
  await a.sendBytes(ALPHABET);
  const error = await assertRejects(() => b.recvBytesInto(new Uint8Array(25)), BufferTooShort);
  assertEquals(error.args[0], ALPHABET);
  await a.sendBytes(ALPHABET);
  await assertRejects(() => b.recvBytes(25), Deno.errors.InvalidData, "bad message length");
  assertEquals(b.readable, false);
  await b.sendBytes(ALPHABET);
  assertEquals(await a.recvBytes(), ALPHABET);
});

forEachPair("Connection over a network carries 16 MiB and back [CONN-14]", async (a, b) => {
  const large = new Random(1).bytes(1 << 16);
  const whole = new Uint8Array(16 << 20);
  for (let at = 0; at < whole.length; at += large.length) whole.set(large, at);
  const sending = a.sendBytes(whole);
  const received = await b.recvBytes();
  await sending;
  const back = b.sendBytes(received);
  const returned = await a.recvBytes();
  await back;
  assertEquals(returned.length, whole.length);
  assert(returned.every((byte, at) => byte === whole[at]));
});

forEachPair(
  "Connection.send() over a network refuses at once what cannot be sent [CONN-15] [CONN-21]",
  async (a, b) => {
    await assertRejects(() => a.send({ deep: [() => 1] }), TypeError);
    const values = Array.from({ length: 200 }, (_, index) => "x".repeat(index * 20) + index);
    const sending = Promise.all(values.map((value) => a.send(value)));
    const received = await Promise.all(values.map(() => b.recv()));
    await sending;
    assertEquals(received, values);
  },
);

forEachPair("Connection.send() over a network rejects when the reader is gone [CONN-17]", async (a, b) => {
  b.close();
  const chunk = new Uint8Array(1 << 20);
  const sendAll = async () => {
    for (;;) await a.sendBytes(chunk);
  };
  await assertRejects(sendAll, Deno.errors.BrokenPipe, "Cannot send");
});

forEachPair(
  "Connection.send() over a network waits for room as long as it is told, and sends no part of what it withdrew",
  async (a, b) => {
    const first = new Uint8Array(32 << 20);
    const sending = a.sendBytes(first);
    await assertRejects(() => a.send("withdrawn", { timeout: 20 }), TimeoutError, "left no room");
    const abort = new AbortController();
    const aborted = assertRejects(() => a.send("withdrawn too", { signal: abort.signal }), Error, "enough");
    abort.abort(new Error("enough"));
    await aborted;
    assertEquals((await b.recvBytes()).length, first.length);
    await sending;
    await a.send("kept");
    assertEquals(await b.recv(), "kept");
  },
);

forEachPair("Connection.recv() over a network that times out or is aborted takes nothing", async (a, b) => {
  await assertRejects(() => b.recv({ timeout: 0 }), TimeoutError);
  await assertRejects(() => b.recv({ timeout: 20 }), TimeoutError, "20 ms");
  const abort = new AbortController();
  const aborted = assertRejects(() => b.recv({ signal: abort.signal }), Error, "enough");
  abort.abort(new Error("enough"));
  await aborted;
  await a.send("kept");
  assertEquals(await b.recv(), "kept");
});

forEachPair("Connection over a network has no Sync twins, and says what to do", async (a) => {
  const calls = [
    ...[() => a.sendSync(1), () => a.recvSync(), () => a.pollSync()],
    ...[() => a.sendBytesSync(ALPHABET), () => a.recvBytesSync(), () => a.recvBytesIntoSync(ALPHABET)],
  ];
  for (const call of calls) {
    await assertRejects(() => Promise.resolve().then(call), NotSupportedError, "await");
  }
});

forEachPair("Connection over a network stays in its process [CONN-18]", async (a) => {
  const [here, there] = Pipe();
  await assertRejects(() => here.send(a), TypeError, "its socket belongs to this process");
  here.close();
  there.close();
});

forEachKind("wait() takes network connections and listeners [WAIT-01] [WAIT-02] [WAIT-06]", async (options) => {
  using listener = new Listener(options);
  assertEquals(await wait([listener], { timeout: 0 }), []);
  const conns = [await dial(listener.address), await dial(listener.address)];
  assertEquals(await wait([listener]), [listener]);
  const ends = [await listener.accept(), await listener.accept()];
  assertEquals(await wait(ends, { timeout: 20 }), []);
  await writeAll(conns[1] as Deno.Conn, frame(bytesOf("hello")));
  const [ready] = await wait<Connection | Listener>([listener, ...ends]);
  assert(ready !== undefined && ready !== listener);
  assertEquals(textOf(await (ready as Connection).recvBytes()), "hello");
  conns.forEach((conn) => conn.close());
  assertEquals((await Promise.all(ends.map((end) => wait([end])))).flat(), ends);
  ends.forEach((end) => end.close());
  listener.close();
  await assertRejects(() => wait([listener]), InvalidStateError);
});

forEachKind("A stream that ends inside a message says so, then that it has ended [CONN-20]", async (options) => {
  using listener = new Listener(options);
  const whole = frame(bytesOf("never complete"));
  for (const cut of [1, 4, 6, whole.length - 1]) {
    const conn = await dial(listener.address);
    using end = await listener.accept();
    await writeAll(conn, whole.subarray(0, cut));
    conn.close();
    await assertRejects(() => end.recvBytes(), Deno.errors.UnexpectedEof, "got end of file during message");
    await assertRejects(() => end.recvBytes(), EOFError);
  }
});

forEachKind("A message longer than maxMessage is refused before memory is taken for it", async (options) => {
  using listener = new Listener({ ...options, maxMessage: 1000 });
  for (
    const head of [[0, 0, 3, 233], [127, 255, 255, 255], [255, 255, 255, 254], [
      255,
      255,
      255,
      255,
      0,
      0,
      1,
      0,
      0,
      0,
      0,
      0,
    ]]
  ) {
    const conn = await dial(listener.address);
    using end = await listener.accept();
    await writeAll(conn, Uint8Array.from(head));
    await assertRejects(() => end.recvBytes(), Deno.errors.InvalidData, "bad message length");
    await assertRejects(() => end.recv(), Deno.errors.InvalidData, "bad message length");
    conn.close();
  }
});

forEachKind(
  "A message may be announced by the long form, and is taken as it comes in parts [AUTH-04]",
  async (options) => {
    using listener = new Listener(options);
    const conn = await dial(listener.address);
    using end = await listener.accept();
    const bytes = concat(
      Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 5),
      bytesOf("hello"),
      frame(bytesOf("next")),
    );
    for (const byte of bytes) await writeAll(conn, Uint8Array.of(byte));
    assertEquals(textOf(await end.recvBytes()), "hello");
    assertEquals(textOf(await end.recvBytes()), "next");
    conn.close();
  },
);

forEachKind("Connection.recv() from a network tells a pickle from a message of ours [AUTH-06]", async (options) => {
  using listener = new Listener(options);
  const conn = await dial(listener.address);
  using end = await listener.accept();
  await writeAll(conn, Uint8Array.of(0, 0, 0, 4, 0x80, 4, 0x4e, 0x2e));
  await assertRejects(() => end.recv(), Error, "it is a Python pickle");
  await writeAll(conn, frame(bytesOf("anything")));
  await assertRejects(() => end.recv(), Error, "not a message of this module");
  conn.close();
});

/** A message by hand: what a peer may send that does not keep to our encoder. */
function forged(...bytes: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(MAGIC, VERSION | UNREPEATED, 0, 0, 0, 0, ...bytes);
}

forEachPair("Connection.recv() from a network refuses shared objects however they are spelt", async (a, b) => {
  const lock = [...bytesOf("@Lock")];
  const wide = lock.flatMap((unit) => [unit, 0]);
  const forgeries = [
    [Tag.REDUCED, 0x60 + 5, ...lock, Tag.NULL],
    [Tag.REDUCED, Tag.UTF8, 5, 0, 0, 0, ...lock, Tag.NULL],
    [Tag.REDUCED, Tag.UTF16, 5, ...wide, Tag.NULL],
    [Tag.REDUCED, Tag.UTF16, 0x85, ...new Array(140).fill(0x80), 0, ...wide, Tag.NULL],
  ];
  for (const bytes of forgeries) {
    await a.sendBytes(forged(...bytes));
    await assertRejects(() => b.recv(), TypeError, "Cannot receive a Lock");
  }
  await a.send(["😚", "@Lockable", "😚", "@bob"]);
  assertEquals(await b.recv(), ["😚", "@Lockable", "😚", "@bob"]);
});

forEachPair("Connection.send() to a network refuses shared objects and says why", async (a) => {
  const [here, there] = Pipe();
  const lock = new (getContext("worker").Lock)();
  await assertRejects(() => a.send({ lock }), TypeError, "of use to the processes of this program only");
  await assertRejects(() => a.send([here]), TypeError, "of use to the processes of this program only");
  here.close();
  there.close();
  assertStrictEquals(lock instanceof Lock, true);
});

forEachPair(
  "Connection.recv() from a network finds no functions but harmless ones of the language [LIS-01]",
  async (a, b) => {
    await a.send([2.25, null, "junk", Number, Math.max]);
    assertEquals(await b.recv(), [2.25, null, "junk", Number, Math.max]);
    for (const bad of [eval, Function, Deno.exit, fetch, Reflect.construct, setTimeout]) {
      await a.send(bad);
      await assertRejects(() => b.recv(), TypeError, "it can do harm");
    }
    await a.send(double);
    await assertRejects(() => b.recv(), TypeError, "allowModules");
    await a.send(inline((x: number) => x));
    await assertRejects(() => b.recv(), TypeError, "text of strangers is not run");
  },
);

forEachPair("Connection.recv() from a network finds functions of modules that are allowed", async (a, b) => {
  await a.send([double]);
  assertEquals(await b.recv(), [double]);
  await a.send(forEachPair);
  assertStrictEquals(await b.recv(), forEachPair);
}, { allowModules: [new URL("../targets/listeners.ts", import.meta.url)] });

forEachPair(
  "Connection.recv() from a network refuses what is nested too deep, and announces too much",
  async (a, b) => {
    let deep: unknown[] = [];
    for (let level = 0; level < 20_000; level++) deep = [deep];
    await a.send(deep);
    await assertRejects(() => b.recv(), RangeError, "nested deeper");
    await a.sendBytes(forged(Tag.ARRAY, 0xff, 0xff, 0xff, 0xff, 0x7f));
    await assertRejects(() => b.recv(), Error, "announces");
    await a.send("still of use");
    assertEquals(await b.recv(), "still of use");
  },
);
