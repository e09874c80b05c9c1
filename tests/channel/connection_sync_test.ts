import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  BufferTooShort,
  type Connection,
  type Context,
  EOFError,
  getContext,
  InvalidStateError,
  NotSupportedError,
  Pipe,
  type Process,
  TimeoutError,
  waitSync,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachSharedMemory, methodsOf } from "../helpers/methods.ts";
import { runProgram } from "../helpers/program.ts";
import { within } from "../helpers/within.ts";
import * as targets from "../targets/pipes.ts";

// A blocked thread cannot be guarded from outside.
const GUARD_MS = 5000;

/** Starts a process that echoes, and has heard from it. */
async function startEcho(
  ctx: Context,
  target: (end: Connection) => unknown,
): Promise<{ here: Connection; child: Process<[Connection]> }> {
  const [here, there] = Pipe();
  const child = await start(ctx, target, there);
  there.close();
  await here.send("ready");
  assertEquals(await here.recv(), "ready");
  return { here, child };
}

forEachSharedMemory("Connection.recvSync() and Process.joinSync() work right after the start", async (ctx) => {
  const [here, there] = Pipe();
  const child = await start(ctx, targets.sendAll, there, ["at once"]);
  assertEquals(here.recvSync({ timeout: GUARD_MS }), "at once");
  child.joinSync({ timeout: GUARD_MS });
  assertEquals(child.exitCode, 0);
  there.close();
  here.close();
  await child.join();
});

forEachSharedMemory("Process.start() need not be awaited by who blocks", async (ctx) => {
  const [here, there] = Pipe();
  const child = new ctx.Process({ target: targets.sendAll, args: [there, ["at once"]] });
  const started = child.start();
  assertEquals(here.recvSync({ timeout: GUARD_MS }), "at once");
  child.joinSync({ timeout: GUARD_MS });
  assertEquals([child.exitCode, child.isAlive()], [0, false]);
  await started;
  there.close();
  here.close();
}, { except: ["forkserver"] });

forEachSharedMemory("Connection.sendSync() has sent the whole of a message when it returns", async (ctx) => {
  const [here, there] = Pipe<unknown>();
  const event = new ctx.Event();
  const child = await start(ctx, targets.receiveThenSet, there as Connection, event);
  assertEquals(await here.recv(), "waits");
  here.sendSync(new Uint8Array(4 << 20));
  // Blocked for this, the thread sends nothing more.
  assertEquals(event.waitSync({ timeout: 4 * GUARD_MS }), true);
  await finish([child]);
  for (const connection of [here, there]) connection.close();
});

forEachSharedMemory("Process.joinSync() is refused while the launch takes the event loop", async (ctx) => {
  const near = await startEcho(getContext("worker"), targets.echo);
  const child = new ctx.Process({ target: targets.sendAll, args: [near.here, []] });
  const started = child.start();
  assertThrows(() => child.joinSync(), NotSupportedError, "still being launched");
  assertThrows(() => waitSync([child.sentinel]), NotSupportedError, "still being launched");
  await started;
  child.joinSync({ timeout: GUARD_MS });
  assertEquals(child.exitCode, 0);
  near.here.close();
  await finish([near.child, child]);
}, { except: ["worker", "spawn"] });

forEachSharedMemory(
  "Connection.recvSync() and sendSync() talk to a process that does not use its event loop",
  async (ctx) => {
    const { here, child } = await startEcho(ctx, targets.echoSync);
    for (let index = 0; index < 200; index++) {
      here.sendSync({ index });
      assertEquals(here.recvSync({ timeout: GUARD_MS }), { index });
    }
    here.close();
    await finish([child]);
  },
);

forEachSharedMemory("Connection.recvSync() in a child receives what is sent asynchronously", async (ctx) => {
  const COUNT = 2000;
  const [here, there] = Pipe<number>();
  const child = await start(ctx, targets.sumSync, there as Connection<unknown, number>, COUNT);
  there.close();
  for (let index = 0; index < COUNT; index++) await here.send(index);
  assertEquals(await here.recv() as unknown, COUNT * (COUNT - 1) / 2);
  here.close();
  await finish([child]);
});

forEachSharedMemory(
  "Connection.recvSync() and Process.joinSync() work in a child towards a child of its own",
  async (ctx) => {
    const [here, there] = Pipe<unknown, [number[], number]>();
    const child = await start(ctx, targets.parentSync, there as Connection);
    there.close();
    const [answers, exitCode] = await here.recv();
    assertEquals(answers, Array.from({ length: 100 }, (_, index) => index));
    assertEquals(exitCode, 0);
    await finish([child]);
    here.close();
  },
);

forEachSharedMemory("Connection.pollSync() waits for a message and takes nothing", async (ctx) => {
  const { here, child } = await startEcho(ctx, targets.echo);
  assertEquals(here.pollSync(), false);
  assertEquals(here.pollSync({ timeout: -1 }), false);
  const began = performance.now();
  assertEquals(here.pollSync({ timeout: 20 }), false);
  assert(performance.now() - began >= 19);
  here.sendSync("echo");
  assertEquals(here.pollSync({ timeout: GUARD_MS }), true);
  assertEquals(here.pollSync(), true);
  assertEquals(here.recvSync(), "echo");
  assertEquals(here.pollSync(), false);
  here.close();
  await finish([child]);
});

forEachSharedMemory("Connection.recvSync() throws when its time is up, and takes nothing", async (ctx) => {
  const { here, child } = await startEcho(ctx, targets.echo);
  for (const timeout of [0, -1, 10]) assertThrows(() => here.recvSync({ timeout }), TimeoutError);
  here.sendSync("after");
  assertEquals(here.recvSync({ timeout: GUARD_MS }), "after");
  here.close();
  await finish([child]);
});

forEachSharedMemory("Connection.recvSync() and pollSync() see the end of file", async (ctx) => {
  const [here, there] = Pipe();
  const child = await start(ctx, targets.sendAll, there, ["first", "last"]);
  there.close();
  assertEquals(await here.recv(), "first");
  assertEquals(here.recvSync({ timeout: GUARD_MS }), "last");
  assertEquals(here.pollSync({ timeout: GUARD_MS }), true);
  assertThrows(() => here.recvSync({ timeout: GUARD_MS }), EOFError);
  here.close();
  await finish([child]);
});

Deno.test("Connection.recvSync() takes its turn behind receives that wait", async () => {
  const [here, there] = Pipe();
  const first = here.recv();
  there.sendSync("first");
  there.sendSync("second");
  assertEquals(here.recvSync(), "second");
  assertEquals(await first, "first");
  here.close();
  there.close();
});

forEachSharedMemory("Connection.sendSync() blocks while the receiver is far behind", async (ctx) => {
  const { here, child } = await startEcho(ctx, targets.echo);
  // More than the rings hold and than may be unreceived, so the thread must block and go on; less than would block the echo too.
  const filling = "x".repeat(100_000);
  for (let index = 0; index < 15; index++) here.sendSync(filling + index, { timeout: GUARD_MS });
  for (let index = 0; index < 15; index++) assertEquals(here.recvSync({ timeout: GUARD_MS }), filling + index);
  here.close();
  await finish([child]);
});

forEachSharedMemory("Connection.sendSync() throws when the receiver leaves no room in time", async (ctx) => {
  const { here, child } = await startEcho(ctx, targets.echo);
  const [own, other] = Pipe();
  const filling = new Uint8Array(1 << 19);
  assertThrows(() => {
    for (let index = 0; index < 10; index++) own.sendSync(filling, { timeout: 5 });
  }, TimeoutError);
  for (const connection of [own, other, here]) connection.close();
  await finish([child]);
});

forEachSharedMemory("Connection.sendSync() ends when the receiver does", async (ctx) => {
  const [here, there] = Pipe();
  const child = await start(ctx, targets.sendAndHold, there, "begun");
  there.close();
  assertEquals(here.recvSync({ timeout: GUARD_MS }), "begun");
  // Nobody receives, so the thread blocks until the other is gone.
  const filling = new Uint8Array(1 << 19);
  assertThrows(() => {
    for (;;) here.sendSync(filling, { timeout: 20 });
  }, TimeoutError);
  child.kill();
  assertThrows(() => here.sendSync(filling, { timeout: GUARD_MS }), Deno.errors.BrokenPipe);
  child.joinSync({ timeout: GUARD_MS });
  here.close();
  await child.join();
});

forEachSharedMemory("Process.joinSync() waits for a child and gives up when the time is up", async (ctx) => {
  const [here, there] = Pipe();
  const child = await start(ctx, targets.holdUntilTold, there, there);
  there.close();
  assertEquals(await here.recv(), "holds");
  const began = performance.now();
  child.joinSync({ timeout: 20 });
  assert(performance.now() - began >= 19);
  assertEquals([child.exitCode, child.isAlive()], [null, true]);
  here.sendSync("return");
  child.joinSync({ timeout: GUARD_MS });
  assertEquals([child.exitCode, child.isAlive()], [0, false]);
  here.close();
  await child.join();
});

forEachSharedMemory("Connection.recvSync() and Process.joinSync() hear of a child that is killed", async (ctx) => {
  const [here, there] = Pipe();
  const child = await start(ctx, targets.sendAndHold, there, "last");
  there.close();
  assertEquals(here.recvSync({ timeout: GUARD_MS }), "last");
  child.kill();
  assertThrows(() => here.recvSync({ timeout: GUARD_MS }), EOFError);
  child.joinSync({ timeout: GUARD_MS });
  assertEquals([child.exitCode, child.isAlive()], [-9, false]);
  here.close();
  await child.join();
});

forEachSharedMemory("Connection.recvSync() hears of a child that ends before it has begun", async (ctx) => {
  // The second start does not wait for the child.
  for (let round = 0; round < 2; round++) {
    const [here, there] = Pipe();
    const child = await start(ctx, targets.sendAndHold, there, "begun");
    there.close();
    if (round === 0) assertEquals(here.recvSync({ timeout: GUARD_MS }), "begun");
    child.kill();
    assertThrows(() => {
      for (;;) here.recvSync({ timeout: GUARD_MS });
    }, EOFError);
    child.joinSync({ timeout: GUARD_MS });
    assertEquals(child.exitCode, -9);
    here.close();
    await child.join();
  }
});

Deno.test({
  name: "Process.joinSync() hears of a child that the runtime has buried already",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    // The runtime may reap a child before a timer that is due and tell of it only afterwards, which it does one time in three.
    for (let round = 0; round < 8; round++) {
      const [here, there] = Pipe();
      const child = await start(getContext("spawn"), targets.sendAndHold, there, "begun");
      there.close();
      assertEquals(await here.recv(), "begun");
      here.close();
      const turn = new Promise((resolve) => setTimeout(resolve));
      child.kill();
      while (!Deno.readTextFileSync(`/proc/${child.pid}/stat`).includes(") Z ")) { /* dies at once */ }
      await turn;
      const began = performance.now();
      child.joinSync({ timeout: GUARD_MS });
      assert(performance.now() - began < GUARD_MS, "it has waited for what never comes");
      await child.join();
      assertEquals(child.exitCode, -9);
    }
  },
});

forEachSharedMemory("Connection.recv() hears what a child has sent that blocks its thread for good", async (ctx) => {
  const [here, there] = Pipe();
  const child = await start(ctx, targets.sendAndHold, there, "sent");
  there.close();
  assertEquals(await within(GUARD_MS, here.recv()), "sent");
  child.kill();
  await child.join();
  here.close();
});

forEachSharedMemory(
  "Connection.sendSync() and recvSync() need no turn of the event loop since the start",
  async (ctx) => {
    const children: Process<[Connection]>[] = [];
    for (let round = 0; round < 3; round++) {
      const [here, there] = Pipe();
      children.push(await start(ctx, targets.echo, there));
      there.close();
      for (let index = 0; index < 300; index++) {
        here.sendSync(index);
        assertEquals(here.recvSync({ timeout: GUARD_MS }), index);
      }
      here.close();
    }
    for (const child of children) child.joinSync({ timeout: GUARD_MS });
    assertEquals(children.map(({ exitCode }) => exitCode), [0, 0, 0]);
    await finish(children);
  },
);

forEachSharedMemory("Connection.recvSync() hears a thread and a process at a time", async (ctx) => {
  const near = await startEcho(getContext("worker"), targets.echo);
  const far = await startEcho(ctx, targets.echo);
  for (let index = 0; index < 100; index++) {
    for (const { here } of [near, far]) here.sendSync(index);
    for (const { here } of [near, far]) assertEquals(here.recvSync({ timeout: GUARD_MS }), index);
  }
  for (const { here } of [near, far]) here.close();
  await finish([near.child, far.child]);
});

Deno.test("Connection.recvSync() refuses to block where a thread could not wake it, and only there", async () => {
  const flags = ["-A", "--unstable-worker-options"];
  const { code, stdout, stderr } = await runProgram("weak_worker.ts", [], { flags });
  assertEquals(code, 0, stderr);
  const [alone, both, afterwards] = stdout.split("\n");
  assertEquals([alone, afterwards], ["heard", "heard"]);
  assertMatch(both ?? "", /^NotSupportedError: Cannot block for threads and processes at a time/);
});

/** All but native code. */
const WITHOUT_FFI = { run: true, net: true, read: true, env: true, sys: true, write: true, import: true } as const;

for (const method of methodsOf("Connection.recvSync() and its kin", ["spawn", "forkserver"])) {
  Deno.test(`Connection.recvSync() and its kin throw NotSupportedError where memory is not shared (${method})`, async () => {
    // Blocked for a thread, this one would hear of that alone.
    const near = await startEcho(getContext("worker"), targets.echo);
    const { Process } = getContext(method);
    const [here, there] = Pipe();
    const child = new Process({ target: targets.blockingCalls, args: [there], permissions: WITHOUT_FFI });
    await child.start();
    there.close();
    const errors = await within(GUARD_MS, here.recv());
    for (const call of ["recvSync", "pollSync", "joinSync"]) {
      assertMatch(Reflect.get(Object(errors), call), /^NotSupportedError: Cannot block .*--allow-ffi/);
    }
    for (const call of [() => here.recvSync(), () => here.pollSync({}), () => child.joinSync()]) {
      assertThrows(call, NotSupportedError, "--allow-ffi");
    }
    for (const end of [here, near.here]) end.close();
    await finish([child, near.child]);
  });
}

Deno.test("Connection.sendBytesSync(), recvBytesSync() and recvBytesIntoSync() do as their kin [CONN-03] [CONN-10]", () => {
  const [here, there] = Pipe();
  const bytes = new Uint8Array([1, 2, 3, 4]);
  here.sendBytesSync(bytes);
  here.sendBytesSync(bytes, 1, 2);
  here.sendBytesSync(bytes, 4);
  assertEquals([there.recvBytesSync(), there.recvBytesSync(2)], [bytes, bytes.subarray(1, 3)]);
  assertEquals(there.recvBytesSync(0), new Uint8Array());
  const wide = new Int16Array(4);
  here.sendBytesSync(Int16Array.of(7, 8));
  assertEquals([there.recvBytesIntoSync(wide, 2), [...wide]], [4, [0, 7, 8, 0]]);
  here.close();
  assertThrows(() => there.recvBytesSync(), EOFError);
  there.close();
});

Deno.test("Connection.recvBytesSync() and recvBytesIntoSync() refuse what is too long [CONN-12] [CONN-13]", () => {
  const [here, there] = Pipe();
  const bytes = new Uint8Array([1, 2, 3, 4]);
  here.sendBytesSync(bytes);
  assertEquals(assertThrows(() => there.recvBytesIntoSync(new Uint8Array(3)), BufferTooShort).data, bytes);
  assertThrows(() => there.recvBytesSync(-1), RangeError);
  assertThrows(() => here.sendBytesSync(bytes, 3, 2), RangeError);
  here.sendBytesSync(bytes);
  assertThrows(() => there.recvBytesSync(3), Deno.errors.InvalidData, "bad message length");
  assertThrows(() => there.recvBytesSync(), InvalidStateError);
  here.close();
  there.close();
});

forEachSharedMemory("Connection.recvBytesSync() blocks until a child sends", async (ctx) => {
  const { here, child } = await startEcho(ctx, targets.echoSync);
  const [own, other] = Pipe();
  own.sendSync({ answer: 42 });
  const message = other.recvBytesSync();
  here.sendBytesSync(message);
  assertEquals(here.recvBytesSync(), message);
  for (const connection of [own, other, here]) connection.close();
  await finish([child]);
});
