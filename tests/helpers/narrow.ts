/** What must hold in a context under the permissions that it needs and no others; under more it must hold as well. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  activeChildren,
  type Connection,
  type Context,
  EOFError,
  getAllStartMethods,
  getContext,
  NotSupportedError,
  Pipe,
  type ProcessInit,
  setExecutable,
  type StartMethod,
  wait,
  WorkerDiedError,
} from "../../mod.ts";
import * as targets from "../targets/permissions.ts";
import { answer, beMiddle } from "../targets/generations.ts";
import { throwMishap } from "../targets/exits.ts";
import { waitForEver } from "../targets/processes.ts";
import { HANG_MS } from "./methods.ts";
import { within } from "./within.ts";

const KINDS = targets.KINDS;

/** Registers the tests for one start method. */
export function testNarrow(method: StartMethod): void {
  const test = (name: string, body: (ctx: Context) => Promise<void>) =>
    Deno.test(`${name} (${method}, narrow)`, async () => {
      // Asked for here: children import this module too, and may not start any themselves.
      await within(HANG_MS, body(getContext(method)));
      assertEquals(activeChildren(), []);
    });
  test("getContext() gives the start method, which is among those that are allowed [CTX-06]", () => {
    assert(getAllStartMethods().includes(method));
    return Promise.resolve();
  });

  test("Process runs, fails and is killed under the least permissions [PROC-15] [EXIT-04] [EXIT-05]", async (ctx) => {
    const well = new ctx.Process({ target: targets.nothing });
    const failing = new ctx.Process({ target: throwMishap, args: ["expected"], stderr: "piped" });
    const killed = new ctx.Process({ target: waitForEver });
    for (const process of [well, failing, killed]) await process.start();
    killed.kill();
    const stderr = new Response(failing.stderr as ReadableStream<Uint8Array<ArrayBuffer>>).text();
    for (const process of [well, failing, killed]) await process.join();
    assertEquals([well.exitCode, failing.exitCode, killed.exitCode], [0, 1, -9]);
    assertStringIncludes(await stderr, "expected");
  });

  test("Connection carries what is sent, large as well, and meets its end under the least permissions", async (ctx) => {
    const [here, there] = Pipe<string | Uint8Array>();
    const process = new ctx.Process<unknown[]>({ target: answer as never, args: [there] });
    await process.start();
    there.close();
    await here.recv();
    const bytes = new Uint8Array(1 << 20).fill(7);
    for (const value of ["text", bytes]) {
      await here.send(value);
      assertEquals(await wait([here]), [here]);
      assertEquals(await here.recv(), value);
    }
    process.kill();
    await assertRejects(() => here.recv(), EOFError);
    await process.join();
    here.close();
  });

  test("Pool works under the least permissions, also when a worker dies", async (ctx) => {
    await using pool = new ctx.Pool(2);
    assertEquals(await pool.map(targets.double, [1, 2, 3], { chunkSize: 1 }), [2, 4, 6]);
    await assertRejects(() => pool.apply(targets.exit, [3]), WorkerDiedError, "exit code 3");
    assertEquals(await pool.apply(targets.double, [4]), 8);
  });

  test("Process.permissions that are inherited give nothing that the parent does not hold", async (ctx) => {
    const child = await answerUnder(ctx, undefined, targets.sendHeld);
    assertNoMore(child, targets.held());
    if (method === "worker" || isEverything(targets.held())) assertEquals(child, targets.held());
  });

  test('Process.permissions of "none" leave nothing but the way to the parent, and each use is refused', async (ctx) => {
    if (method === "worker") {
      const process = new ctx.Process({ target: targets.nothing, permissions: "none" });
      const { message } = await assertRejects(() => process.start(), NotSupportedError);
      assertStringIncludes(message, "--unstable-worker-options");
      return;
    }
    const child = await answerUnder(ctx, "none", targets.sendHeld);
    for (const kind of KINDS) assert(!child[kind].startsWith("granted"), `${kind} is ${child[kind]}`);
    assertEquals(await answerUnder(ctx, "none", targets.tryToUse), [
      "read",
      "write",
      "net",
      "env",
      "run",
      "ffi",
      "sys",
    ]);
  });

  test("Process.start() refuses permissions that this process does not hold, naming the flag", async (ctx) => {
    const refused = KINDS.filter((kind) => targets.held()[kind] !== "granted" && kind !== "import");
    for (const kind of refused) {
      const process = new ctx.Process({ target: targets.nothing, permissions: { [kind]: true } });
      const { message } = await assertRejects(() => process.start(), Deno.errors.NotCapable);
      assertStringIncludes(message, `--allow-${kind}`);
      assertEquals([process.pid, process.isAlive()], [undefined, false]);
    }
  });

  test("Process.start() in a child refuses what the child does not hold, naming the flag", async (ctx) => {
    // A child of this child would hold more than its parent.
    const outcome = await answerUnder(ctx, undefined, targets.tryToGive, method, { sys: true, ffi: true });
    if (isEverything(targets.held()) && method !== "worker") assertEquals(outcome, "exit code 0");
    else assert(/NotCapable|NotSupportedError/.test(outcome) && outcome.includes("--"), outcome);
  });

  test("Process of a child has at most what the child has", async (ctx) => {
    const outcome = await answerUnder(ctx, undefined, targets.tryToGive, method, "inherit");
    // Without being told its lists, a child process gets none, and may not start another.
    if (method === "worker" || isEverything(targets.held())) {
      assertEquals(outcome, "exit code 0");
      const [here, there] = Pipe<never, targets.Held>({ duplex: false });
      const process = new ctx.Process<unknown[]>({ target: targets.sendHeld as never, args: [there, 1] });
      await process.start();
      there.close();
      const [child, grandchild] = [await here.recv(), await here.recv()];
      assertNoMore(grandchild, child);
      await process.join();
      here.close();
    } else assertStringIncludes(outcome, `--allow-run=${Deno.execPath()}`);
  });
}

/** Registers a test of grandchildren, which child processes may start where the lists of the flags were told. */
export function testNarrowGrandchildren(method: StartMethod): void {
  Deno.test(`Process of a child runs with the lists that setExecutable() was told (${method}, narrow)`, async () => {
    setExecutable(Deno.execPath(), {
      args: [`--allow-run=${Deno.execPath()}`, "--allow-net=127.0.0.1", "--allow-sys"],
    });
    try {
      const [here, there] = Pipe<string, number | string>();
      const middle = new (getContext(method).Process)<unknown[]>({ target: beMiddle as never, args: [there, method] });
      await middle.start();
      there.close();
      assert(Number(await within(HANG_MS, here.recv())) > 0);
      await here.send("through two");
      assertEquals(await within(HANG_MS, here.recv()), "through two");
      here.close();
      await within(HANG_MS, middle.join());
      assertEquals(middle.exitCode, 0);
      const child = await within(
        HANG_MS,
        answerUnder(getContext(method), undefined, targets.sendStates, [{ name: "sys" }]),
      );
      assertEquals(child, targets.statesOf([{ name: "sys" }]), "told, but not held");
    } finally {
      setExecutable(Deno.execPath());
    }
  });
}

/** What a child with some permissions sends first; it must end well. */
async function answerUnder<T, A extends unknown[]>(
  ctx: Context,
  permissions: ProcessInit["permissions"],
  target: (to: Connection<T>, ...args: A) => Promise<void>,
  ...args: A
): Promise<T> {
  const [here, there] = Pipe<never, T>({ duplex: false });
  const process = new ctx.Process<unknown[]>({
    target: target as (...args: unknown[]) => unknown,
    args: [there, ...args],
    ...permissions !== undefined && { permissions },
  });
  await process.start();
  there.close();
  const value = await here.recv();
  await process.join();
  here.close();
  assertEquals(process.exitCode, 0);
  return value;
}

const RANK = ["denied", "prompt", "prompt in part", "granted in part", "granted"];

function assertNoMore(child: targets.Held, parent: targets.Held): void {
  for (const kind of KINDS) {
    assert(
      RANK.indexOf(child[kind]) <= Math.max(RANK.indexOf(parent[kind]), RANK.indexOf("prompt")),
      `${kind} of the child is ${child[kind]}, of the parent ${parent[kind]}`,
    );
  }
}

function isEverything(states: targets.Held): boolean {
  return KINDS.every((kind) => states[kind] === "granted");
}
