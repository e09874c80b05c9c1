import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  Connection,
  EOFError,
  InvalidStateError,
  MalformedMessageError,
  Pipe,
  TimeoutError,
  wait,
  waitSync,
} from "../../mod.ts";
import { type End, failureOf, forEachPlace } from "../helpers/ends.ts";

const ALPHABET = new TextEncoder().encode("abcdefghijklmnopqrstuvwxyz");

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

forEachPlace("Connection.send() and recv() carry values both ways [CONN-01]", async (here, there) => {
  await there.call("send", [42, null, "hello"]);
  assertEquals(await here.recv(), [42, null, "hello"]);
  await here.send({ answer: [undefined, -0.5, "é€😀"] });
  assertEquals(await there.call("recv"), { answer: [undefined, -0.5, "é€😀"] });
});

forEachPlace("Connection of a one-way pipe receives only, the other sends only [CONN-02]", async (here, there) => {
  assertEquals([here.readable, here.writable], [true, false]);
  assertEquals([await there.call("readable"), await there.call("writable")], [false, true]);
  await there.call("send", "this way");
  assertEquals(await here.recv(), "this way");
  for (const member of ["send", "sendBytes"] as const) {
    const error = await assertRejects(() => here[member](ALPHABET), InvalidStateError);
    assertMatch(error.message, /the connection is read-only/);
  }
  assertThrows(() => here.sendSync(1), InvalidStateError, "the connection is read-only");
  for (const member of ["recv", "recvBytes", "poll", "recvSync", "pollSync"] as const) {
    const { name, message } = await failureOf(there.call(member));
    assertEquals(name, "InvalidStateError", member);
    assertMatch(message, /the connection is write-only/);
  }
}, { duplex: false });

forEachPlace("Connection carries values and bytes as Python's documentation shows [CONN-03]", async (here, there) => {
  await here.send([1, "hello", null]);
  assertEquals(await there.call("recv"), [1, "hello", null]);
  await there.call("sendBytes", encodeText("thank you"));
  assertEquals(await here.recvBytes(), encodeText("thank you"));
  const five = Int32Array.from({ length: 5 }, (_, index) => index);
  const ten = new Int32Array(10);
  await there.call("sendBytes", new Uint8Array(five.buffer));
  const count = await here.recvBytesInto(ten);
  assertEquals(count, 20);
  assertEquals([...ten], [0, 1, 2, 3, 4, 0, 0, 0, 0, 0]);
});

forEachPlace("Connection keeps messages apart and in their order [CONN-04]", async (here, there) => {
  const texts = ["a", "b", "cd", "", "e"];
  await Promise.all(texts.map((text) => there.call("sendBytes", encodeText(text))));
  for (const text of texts) assertEquals(await here.recvBytes(), encodeText(text));
  await Promise.all(texts.map((text) => here.send(text)));
  for (const text of texts) assertEquals(await there.call("recv"), text);
});

forEachPlace("Connection keeps 20,000 messages in order that were sent without awaiting", async (here, there) => {
  const COUNT = 20_000;
  const echoed = (async () => {
    for (let index = 0; index < COUNT; index += 1000) {
      const calls = Array.from({ length: 1000 }, () => there.call("recv"));
      for (const [offset, value] of (await Promise.all(calls)).entries()) assertEquals(value, index + offset);
    }
  })();
  const sent: Promise<void>[] = [];
  for (let index = 0; index < COUNT; index++) sent.push(here.send(index));
  await Promise.all(sent);
  await echoed;
});

forEachPlace("Connection.recv() and its kin wait for a message [CONN-05]", async (here, there) => {
  const waiting = [here.recv(), here.recvBytes(), here.recvBytesInto(new Uint8Array(4))];
  await there.call("send", "first");
  await there.call("sendBytes", encodeText("second"));
  await there.call("sendBytes", encodeText("3rd"));
  assertEquals(await Promise.all(waiting), ["first", encodeText("second"), 3]);
});

forEachPlace(
  "Connection.recv() and its kin reject with EOFError when the other end is closed and nothing is left [CONN-05]",
  async (here, there) => {
    const waiting = here.recv();
    await there.call("send", "first");
    await there.call("send", "last");
    await there.call("close");
    assertEquals(await waiting, "first");
    assertEquals(await here.recv(), "last");
    for (let time = 0; time < 2; time++) {
      await assertRejects(() => here.recv(), EOFError);
      await assertRejects(() => here.recv({ timeout: 0 }), EOFError);
      await assertRejects(() => here.recvBytes(), EOFError);
      await assertRejects(() => here.recvBytesInto(new Uint8Array(1)), EOFError);
    }
  },
);

forEachPlace("Connection ends all receives that wait when the other end is closed [CONN-05]", async (here, there) => {
  const waiting = [here.recv(), here.recvBytes(), here.recv({ timeout: 1e6 })].map(failureOf);
  await there.call("close");
  for (const { name } of await Promise.all(waiting)) assertEquals(name, "EOFError");
});

forEachPlace(
  "Connection.poll() tells whether something can be received, and takes nothing [CONN-08]",
  async (here, there) => {
    assertEquals(await here.poll(), false);
    assertEquals(await here.poll({ timeout: 0 }), false);
    assertEquals(await here.poll({ timeout: -1 }), false);
    const began = performance.now();
    assertEquals(await here.poll({ timeout: 20 }), false);
    assert(performance.now() - began >= 19);
    await there.call("sendBytes", new Uint8Array(0));
    for (let time = 0; time < 3; time++) assertEquals(await here.poll({}), true);
    assertEquals(await here.poll(), true);
    assertEquals((await here.recvBytes()).length, 0);
    assertEquals(await here.poll(), false);
  },
);

forEachPlace(
  "Connection.poll() waits for a message without a limit, and is true at the end of file [CONN-08]",
  async (here, there) => {
    const waiting = here.poll({});
    await there.call("send", "there");
    assertEquals(await waiting, true);
    assertEquals(await here.recv(), "there");
    const another = here.poll({ timeout: 1e6 });
    await there.call("close");
    assertEquals(await another, true);
    for (let time = 0; time < 2; time++) assertEquals(await here.poll(), true);
    await assertRejects(() => here.recv(), EOFError);
  },
);

for (const [megabytes, times] of [[16, 2], [64, 1]] as const) {
  forEachPlace(`Connection carries messages of ${megabytes} MiB there and back [CONN-14]`, async (here, there) => {
    const bytes = new Uint8Array(megabytes << 20);
    for (let at = 0; at < bytes.length; at += 4093) bytes[at] = at >> 8;
    for (let time = 0; time < times; time++) {
      const [echo] = await Promise.all([echoOf(here, there), here.sendBytes(bytes)]);
      assertEquals(echo.length, bytes.length);
      assertEquals(echo.findIndex((byte, at) => byte !== bytes[at]), -1);
    }
  });
}

async function echoOf(here: Connection, there: End): Promise<Uint8Array> {
  const received = await there.call("recvBytes");
  const [echo] = await Promise.all([here.recvBytes(), there.call("sendBytes", received)]);
  return echo;
}

forEachPlace("Connection.send() refuses what cannot be sent, and sends nothing [CONN-15]", async (here, there) => {
  await here.send("before");
  await assertRejects(() => here.send({ user: { key: Symbol("no") } }), TypeError);
  await assertRejects(() => here.send([new WeakMap()]), TypeError);
  await here.send("after");
  assertEquals(await there.call("recv"), "before");
  assertEquals(await there.call("recv"), "after");
  assertEquals(await there.call("poll"), false);
});

forEachPlace("Connection.close() may be repeated, and then all calls reject [CONN-16]", async (here, there) => {
  await there.call("send", "received");
  assertEquals(await here.poll({}), true);
  assertEquals(here.closed, false);
  const first = here.recv();
  const second = failureOf(here.recv());
  here.close();
  here.close();
  assertEquals(here.closed, true);
  assertEquals(await first, "received");
  assertEquals((await second).name, "InvalidStateError");
  const calls: (() => unknown)[] = [
    () => here.send(1),
    () => here.recv(),
    () => here.poll(),
    () => here.sendBytes(ALPHABET),
    () => here.recvBytes(),
    () => here.recvBytesInto(new Uint8Array(1)),
    () => here.sendSync(1),
    () => here.recvSync(),
    () => here.pollSync(),
  ];
  for (const call of calls) await assertRejects(async () => await call(), InvalidStateError, "closed");
  await there.call("close");
});

Deno.test("Connection is closed at the end of its scope [CONN-16]", async () => {
  const [here, there] = Pipe();
  {
    using scoped = here;
    assertEquals(scoped.closed, false);
  }
  assertEquals(here.closed, true);
  await assertRejects(() => there.recv(), EOFError);
  there.close();
});

forEachPlace(
  "Connection.send() rejects with BrokenPipe when nobody is left to receive [CONN-17]",
  async (here, there) => {
    await there.call("close");
    // The end of file has come, so it is known here that nobody is left.
    await assertRejects(() => here.recv(), EOFError);
    await assertRejects(() => here.send(1), Deno.errors.BrokenPipe);
    await assertRejects(() => here.sendBytes(ALPHABET), Deno.errors.BrokenPipe);
    assertThrows(() => here.sendSync(1), Deno.errors.BrokenPipe);
  },
);

Deno.test("Connection.fileno() does not exist: Deno has no descriptors to give away [CONN-19]", () => {
  assertEquals("fileno" in Connection.prototype, false);
});

forEachPlace("Connection serves concurrent calls in their order [CONN-21]", async (here, there) => {
  const received = Array.from({ length: 100 }, () => here.recv());
  const polls = Array.from({ length: 10 }, () => here.poll({}));
  await Promise.all(Array.from({ length: 101 }, (_, index) => there.call("send", index)));
  assertEquals(await Promise.all(received), Array.from({ length: 100 }, (_, index) => index));
  assertEquals(await Promise.all(polls), Array(10).fill(true));
  assertEquals(await here.recv(), 100);
});

forEachPlace("Connection.recv() takes nothing when its time is up or it is aborted [CONN-05]", async (here, there) => {
  const controller = new AbortController();
  const reason = new RangeError("no longer");
  const aborted = here.recv({ signal: controller.signal });
  const began = performance.now();
  await assertRejects(() => here.recv({ timeout: 15 }), TimeoutError);
  assert(performance.now() - began >= 14);
  controller.abort(reason);
  assertStrictEquals(await aborted.catch((error) => error), reason);
  await assertRejects(() => here.recv({ timeout: 0 }), TimeoutError);
  await assertRejects(() => here.recv({ timeout: -1 }), TimeoutError);
  assertStrictEquals(await here.recv({ signal: controller.signal }).catch((error) => error), reason);
  await there.call("send", "for the next");
  assertEquals(await here.recv(), "for the next");
});

forEachPlace(
  "Connection.recv() that is aborted while a message is on its way leaves it to the next",
  async (here, there) => {
    for (let round = 0; round < 50; round++) {
      const controller = new AbortController();
      const aborted = here.recv({ signal: controller.signal });
      const sent = there.call("send", round);
      if (round % 3 === 0) await sent;
      controller.abort();
      const outcome = await aborted.then((value) => value, () => here.recv());
      assertEquals(outcome, round);
      await sent;
    }
  },
);

forEachPlace("Connection.recv() without a wait takes what is there", async (here, there) => {
  await there.call("send", "one");
  await there.call("send", "two");
  // Once it is known to be there.
  assertEquals(await here.poll({}), true);
  assertEquals(await here.recv({ timeout: 0 }), "one");
  assertEquals(await here.recv({ timeout: -5 }), "two");
  await assertRejects(() => here.recv({ timeout: 0 }), TimeoutError);
});

Deno.test("Connection refuses options that are none", async () => {
  const [here, there] = Pipe();
  for (const timeout of ["5", NaN, null]) {
    const options = { timeout } as unknown as { timeout: number };
    for (const call of [() => here.recv(options), () => here.poll(options), () => here.send(1, options)]) {
      await assertRejects(call, TypeError, "timeout");
    }
  }
  const number = 20 as unknown as { timeout: number };
  for (const call of [() => here.recv(number), () => here.poll(number), () => here.send(1, number)]) {
    await assertRejects(
      call,
      TypeError,
      "options must be an object such as { timeout: 1000 }, for one second, received 20",
    );
  }
  assertThrows(() => here.sendSync(1, number), TypeError, "options");
  assertThrows(() => waitSync([here], number), TypeError, "options");
  assertThrows(() => Pipe(false as unknown as { duplex: boolean }), TypeError, "{ duplex: false }");
  assertThrows(() => Pipe({ duplex: 0 as unknown as boolean }), TypeError, "duplex");
  assertEquals(await there.poll(), false);
  here.close();
  there.close();
});

Deno.test("Connection.send() refuses to transfer what cannot be, and then sends nothing", async () => {
  const [here, there] = Pipe();
  const [buffer, gone] = [new ArrayBuffer(8), new ArrayBuffer(8)];
  structuredClone(gone, { transfer: [gone] });
  const bad: [unknown, new () => Error][] = [
    [[buffer, buffer], RangeError],
    [[gone], RangeError],
    [[5], TypeError],
    [5, TypeError],
  ];
  for (const [transfer, kind] of bad) {
    const options = { transfer } as { transfer: ArrayBuffer[] };
    await assertRejects(() => here.send(buffer, options), kind, "Cannot transfer");
  }
  assertEquals([await there.poll(), buffer.byteLength], [false, 8]);
  await here.send(buffer, { transfer: [buffer] });
  assertEquals([await there.recv(), buffer.byteLength], [new ArrayBuffer(8), 0]);
  here.close();
  there.close();
});

Deno.test("Connection.send() is done where a buffer that is to leave turns out to stay", async () => {
  const [here, there] = Pipe();
  const buffer = new WebAssembly.Memory({ initial: 1 }).buffer as ArrayBuffer;
  const other = new ArrayBuffer(8);
  await here.send("sent", { transfer: [buffer, other] });
  assertEquals([await there.recv(), buffer.byteLength, other.byteLength], ["sent", 1 << 16, 0]);
  here.close();
  there.close();
});

Deno.test("Connection.recv() of bytes that are no message rejects, and the connection goes on", async () => {
  const [here, there] = Pipe();
  await here.sendBytes(new Uint8Array([1, 2, 3]));
  await here.send("whole");
  await assertRejects(() => there.recv(), MalformedMessageError);
  assertEquals(await there.recv(), "whole");
  here.close();
  there.close();
});

forEachPlace("Connection is iterated until the other end is closed", async (here, there) => {
  for (let value = 0; value < 5; value++) await there.call("send", value);
  await there.call("close");
  assertEquals(await Array.fromAsync(here), [0, 1, 2, 3, 4]);
});

Deno.test("Connection tells for people which ways it goes", () => {
  const [a, b] = Pipe();
  const [receiver, sender] = Pipe({ duplex: false });
  assertEquals([a, receiver, sender].map((connection) => Deno.inspect(connection)), [
    "<Connection readable, writable>",
    "<Connection readable>",
    "<Connection writable>",
  ]);
  for (const connection of [a, b, receiver, sender]) connection.close();
  assertEquals(Deno.inspect(a), "<Connection closed>");
});

Deno.test("Connection is not made of a number, nor waited for without a list", async () => {
  for (const handle of [-1, 1, undefined, null]) {
    assertThrows(() => new Connection(handle as never), TypeError, "use Pipe, Listener or Client");
  }
  assertThrows(() => waitSync(5 as never), TypeError, "Cannot wait for 5: give a list");
  await assertRejects(() => wait(5 as never), TypeError, "Cannot wait for 5: give a list");
});
