/**
 * How fast the parts of the module are, alone and by a manager, between processes and between threads.
 *
 *     deno run -A examples/benchmarks.ts [SECONDS]
 *
 * Each test is repeated with twice as much to do until it takes so long. A thread is a process of the start method "worker".
 */
import { type Connection, getContext, Manager } from "@multiprocessing/deno";
import { assertEquals } from "@std/assert";

const SECONDS = Number(Deno.args[0] ?? 0.02);

const processes = getContext("spawn");
const threads = getContext("worker");

/** What queues, and proxies of queues, have in common. */
interface SomeQueue {
  put(item: number | "STOP"): Promise<unknown>;
  get(): Promise<number | "STOP">;
}

/** What locks, conditions, and proxies of them, have in common. */
interface SomeLock {
  acquire(): Promise<unknown>;
  release(): Promise<unknown>;
}

interface SomeCondition extends SomeLock {
  notify(): Promise<unknown>;
  wait(): Promise<unknown>;
}

type SomeProcess = typeof processes.Process;

/** Runs a test with ever more to do until that takes long enough; it gives the seconds. */
async function repeat(title: string, what: string, run: (times: number) => number | Promise<number>): Promise<void> {
  console.log(`######## testing ${title}\n`);
  let [times, seconds] = [128, 0];
  while (seconds < SECONDS) {
    times *= 2;
    seconds = await run(times);
  }
  console.log(`${times} ${what} in ${seconds} seconds`);
  console.log(`average number/sec: ${times / seconds}\n`);
}

async function measure(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

export async function fillQueue(queue: SomeQueue, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await queue.put(i);
  await queue.put("STOP");
}

/** A process puts, this one gets. */
async function testQueue(title: string, Process: SomeProcess, queue: SomeQueue): Promise<void> {
  await repeat(title, "objects passed through the queue", async (times) => {
    const process = new Process({ target: fillQueue, args: [queue, times] });
    await process.start();
    await queue.get(); // The process puts.
    const seconds = await measure(async () => {
      while (await queue.get() !== "STOP");
    });
    await process.join();
    return seconds;
  });
}

export async function fillPipe(connection: Connection<number | "STOP">, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await connection.send(i);
  await connection.send("STOP");
}

async function testPipe(): Promise<void> {
  await repeat("Pipe()", "objects passed through the connection", async (times) => {
    const [here, there] = processes.Pipe<number | "STOP">();
    const process = new processes.Process({ target: fillPipe, args: [there, times] });
    await process.start();
    await here.recv(); // The process sends.
    const seconds = await measure(async () => {
      while (await here.recv() !== "STOP");
    });
    await process.join();
    return seconds;
  });
}

/** Reads an element of something like a list, again and again. */
async function testSequence(title: string, elements: { at(index: number): unknown }): Promise<void> {
  await repeat(title, "iterations", (times) =>
    measure(async () => {
      for (let i = 0; i < times; i++) {
        const element = elements.at(5);
        if (element instanceof Promise) await element;
      }
    }));
}

async function testLock(title: string, lock: SomeLock): Promise<void> {
  await repeat(title, "iterations", (times) =>
    measure(async () => {
      for (let i = 0; i < times; i++) {
        await lock.acquire();
        await lock.release();
      }
    }));
}

export async function answer(condition: SomeCondition, times: number): Promise<void> {
  await condition.acquire();
  await condition.notify();
  for (let i = 0; i < times; i++) {
    await condition.wait();
    await condition.notify();
  }
  await condition.release();
}

/** Two processes wake each other in turn. */
async function testCondition(title: string, Process: SomeProcess, condition: SomeCondition): Promise<void> {
  await repeat(title, "waits", async (times) => {
    await condition.acquire();
    const process = new Process({ target: answer, args: [condition, times] });
    await process.start();
    await condition.wait(); // It is there.
    const seconds = await measure(async () => {
      for (let i = 0; i < times; i++) {
        await condition.notify();
        await condition.wait();
      }
    });
    await condition.release();
    await process.join();
    assertEquals(process.exitCode, 0);
    return seconds;
  });
}

if (import.meta.main) {
  await using manager = await Manager();
  const ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  await testQueue("Queue of threads", threads.Process, new threads.Queue());
  await testQueue("Queue", processes.Process, new processes.Queue());
  await testQueue("Queue of a manager", processes.Process, await manager.Queue());
  await testPipe();

  await testSequence("an ordinary array", ten);
  await testSequence("list of a manager", await manager.list(ten));
  await testSequence("Array with { lock: false }", new processes.Array("i", ten, { lock: false }));
  await testSequence("Array with a lock", new processes.Array("i", ten));

  await testLock("Lock of threads", new threads.Lock());
  await testLock("RLock of threads", new threads.RLock());
  await testLock("Lock", new processes.Lock());
  await testLock("RLock", new processes.RLock());
  await testLock("Lock of a manager", await manager.Lock());
  await testLock("RLock of a manager", await manager.RLock());

  await testCondition("Condition of threads", threads.Process, new threads.Condition());
  await testCondition("Condition", processes.Process, new processes.Condition());
  await testCondition("Condition of a manager", processes.Process, await manager.Condition());
}

/* Output:
######## testing Queue of threads

* objects passed through the queue in * seconds
average number/sec: *

######## testing Queue

* objects passed through the queue in * seconds
average number/sec: *

######## testing Queue of a manager

* objects passed through the queue in * seconds
average number/sec: *

######## testing Pipe()

* objects passed through the connection in * seconds
average number/sec: *

######## testing an ordinary array

* iterations in * seconds
average number/sec: *

######## testing list of a manager

* iterations in * seconds
average number/sec: *

######## testing Array with { lock: false }

* iterations in * seconds
average number/sec: *

######## testing Array with a lock

* iterations in * seconds
average number/sec: *

######## testing Lock of threads

* iterations in * seconds
average number/sec: *

######## testing RLock of threads

* iterations in * seconds
average number/sec: *

######## testing Lock

* iterations in * seconds
average number/sec: *

######## testing RLock

* iterations in * seconds
average number/sec: *

######## testing Lock of a manager

* iterations in * seconds
average number/sec: *

######## testing RLock of a manager

* iterations in * seconds
average number/sec: *

######## testing Condition of threads

* waits in * seconds
average number/sec: *

######## testing Condition

* waits in * seconds
average number/sec: *

######## testing Condition of a manager

* waits in * seconds
average number/sec: *

*/

// Catalogue: EX-50

// Start method: spawn
