import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import * as mp from "../mod.ts";
import { HANG_MS } from "./helpers/methods.ts";
import { within } from "./helpers/within.ts";
import * as exits from "./targets/exits.ts";

const { dummy } = mp;

Deno.test("dummy has the whole surface on workers, whatever the default start method [THR-03] [THR-04] [THR-08]", () => {
  const worker = mp.getContext("worker");
  assert(dummy instanceof mp.WorkerContext);
  const own = ["Pool", "Manager", "synchronized", "copy"];
  const members = Object.keys(worker) as (keyof mp.Context)[];
  for (const name of members.filter((name) => !own.includes(name))) assertStrictEquals(dummy[name], worker[name], name);
  assertStrictEquals(dummy.Pool, mp.ThreadPool);
  for (
    const name of [
      ...["Process", "currentProcess", "activeChildren", "freezeSupport", "Lock", "RLock", "Semaphore", "Pipe", "Pool"],
      ...["BoundedSemaphore", "Condition", "Event", "Barrier", "Queue", "JoinableQueue", "Array", "Value"],
      ...["Listener", "Client", "getLogger", "logToStderr", "ThreadPool", "wait", "Manager"],
    ]
  ) assertEquals(typeof Reflect.get(dummy, name), "function", name);
  assertEquals([dummy.getStartMethod(), dummy.getContext()], ["worker", dummy]);
});

Deno.test("dummy.Process is a worker of this process; one that fails has exit code 1 [THR-05]", async () => {
  const processes = [exits.returnValue, exits.throwMishap].map((target) =>
    new dummy.Process<unknown[]>({ target: target as (...args: unknown[]) => unknown, args: ["oh"], stderr: "null" })
  );
  for (const process of processes) {
    assertEquals(process.exitCode, null);
    await process.start();
    assertEquals([process.pid, process.exitCode], [Deno.pid, null]);
    await within(HANG_MS, process.join());
  }
  assertEquals(processes.map(({ exitCode }) => exitCode), [0, 1]);
  assertEquals(dummy.activeChildren(), []);
});

Deno.test("dummy: a program's usual objects work together on workers [THR-07]", async () => {
  const [queue, total, lock] = [new dummy.JoinableQueue<number>(), new dummy.Value("i", 0), new dummy.Lock()];
  const barrier = new dummy.Barrier(3);
  const processes = Array.from({ length: 2 }, () =>
    new dummy.Process<unknown[]>({
      target: addUp as (...args: never[]) => unknown as (...args: unknown[]) => unknown,
      args: [queue, total, lock, barrier],
      daemon: true,
    }));
  await Promise.all(processes.map((process) => process.start()));
  await barrier.wait();
  for (let item = 1; item <= 10; item++) await queue.put(item);
  await within(HANG_MS, queue.join());
  assertEquals(total.value, 55);
  for (const process of processes) process.terminate();
  await Promise.all(processes.map((process) => process.join()));
  queue.close();
  await queue.joinThread();
});

/** Adds up what it gets. */
export async function addUp(
  queue: mp.JoinableQueue<number>,
  total: { value: number },
  lock: mp.Lock,
  barrier: mp.Barrier,
): Promise<void> {
  await barrier.wait();
  for await (const item of queue) {
    {
      await using _ = await lock.guard();
      total.value += item;
    }
    await queue.taskDone();
  }
}

Deno.test("dummy.Pool maps on workers [THR-03]", async () => {
  await using pool = new dummy.Pool(2);
  assert(pool instanceof mp.ThreadPool);
  assertEquals(await within(HANG_MS, pool.map(double, [1, 2, 3])), [2, 4, 6]);
});

/** Twice a number. */
export function double(x: number): number {
  return 2 * x;
}

Deno.test("dummy.Listener and Client talk, and a Pipe has two ends [THR-06]", async () => {
  using listener = new dummy.Listener({ address: ["127.0.0.1", 0] });
  const [accepted, client] = await within(
    HANG_MS,
    Promise.all([listener.accept(), dummy.Client(listener.address)]),
  );
  await client.send("hello");
  assertEquals(await accepted.recv(), "hello");
  client.close();
  accepted.close();
  const [a, b] = dummy.Pipe<number>();
  await a.send(1);
  await b.send(2);
  assertEquals([await b.recv(), await a.recv()], [1, 2]);
  a.close();
  b.close();
});
