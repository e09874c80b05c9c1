/**
 * Everything by which processes wait for each other, one after another: between processes, between threads, and kept by a manager.
 *
 *     deno run -A examples/synchronize.ts [processes] [threads] [manager]
 */
import { type Array as SharedArray, currentProcess, Empty, getContext, type Value } from "@multiprocessing/deno";
import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import {
  add,
  type Cell,
  type Condition,
  type Event,
  type Kit,
  kitOf,
  kitOfManager,
  type Lock,
  type Queue,
  type Semaphore,
} from "./synchronize/kit.ts";

const TASKS = 10;

export async function countDown(running: Cell, changed: Condition): Promise<void> {
  await delay(20 * Math.random());
  await using _guard = await changed.guard();
  await add(running, -1);
  await changed.notifyAll();
}

/** A value: how many processes have not ended yet. */
async function testValue({ context: { Process }, makeCell, makeCondition }: Kit): Promise<void> {
  const running = await makeCell(TASKS);
  const changed = await makeCondition();
  for (let i = 0; i < TASKS; i++) await new Process({ target: countDown, args: [running, changed] }).start();

  await using _guard = await changed.guard();
  for (let count = await running.value; count > 0; count = await running.value) {
    console.log(count);
    await changed.waitFor(async () => await running.value < count);
  }
  console.log("No more running processes");
}

export async function putSquares(queue: Queue): Promise<void> {
  for (let i = 0; i < 30; i++) {
    if (i % 10 === 5) await delay(50);
    await queue.put(i * i);
  }
  await queue.put("STOP");
}

/** A queue, and somebody who looks elsewhere when nothing comes. */
async function testQueue({ context: { Process }, makeQueue }: Kit): Promise<void> {
  const queue = await makeQueue();
  await new Process({ target: putSquares, args: [queue] }).start();
  const items: (number | string)[] = [];
  while (items.at(-1) !== "STOP") {
    try {
      items.push(await queue.get({ timeout: 20 }));
    } catch (error) {
      if (!(error instanceof Empty)) throw error;
      items.push("TIMEOUT");
    }
  }
  console.log(items.filter((item) => item !== "TIMEOUT").join(" "));
}

export async function notifyOnce(condition: Condition): Promise<void> {
  await condition.acquire();
  console.log("\t", condition);
  console.log("\tchild is notifying");
  await condition.notify();
  await condition.release();
}

/** A condition, whose lock is taken twice and given back wholly while it is waited for. */
async function testCondition({ context: { Process }, makeCondition }: Kit): Promise<void> {
  const condition = await makeCondition();
  const process = new Process({ target: notifyOnce, args: [condition] });
  console.log(condition);
  await condition.acquire();
  await condition.acquire();
  console.log(condition);
  await process.start();
  console.log("main is waiting");
  await condition.wait();
  console.log("main has woken up");
  console.log(condition);
  await condition.release();
  await condition.release();
  await process.join();
  console.log(condition);
}

export async function runGuarded(semaphore: Semaphore, mutex: Lock, running: Cell): Promise<void> {
  await using _permit = await semaphore.guard();
  {
    await using _guard = await mutex.guard();
    const count = await add(running, 1);
    assert(count <= 3);
    console.log(count, "tasks are running");
  }
  await delay(20 * Math.random());
  {
    await using _guard = await mutex.guard();
    await add(running, -1);
    console.log(currentProcess().name, "has finished");
  }
}

/** A semaphore: of ten processes, three at a time. */
async function testSemaphore({ context: { Process }, makeSemaphore, makeLock, makeCell }: Kit): Promise<void> {
  const args: [Semaphore, Lock, Cell] = [await makeSemaphore(3), await makeLock(), await makeCell(0)];
  const processes = Array.from({ length: TASKS }, () => new Process({ target: runGuarded, args }));
  for (const process of processes) await process.start();
  for (const process of processes) await process.join();
}

export async function workUntil(end: Event): Promise<void> {
  await end.wait();
  console.log("\tchild is terminating");
}

/** Waiting for a process, but never long at a time. */
async function testJoinTimeout({ context: { Process }, makeEvent }: Kit): Promise<void> {
  const end = await makeEvent();
  const process = new Process({ target: workUntil, args: [end] });
  await process.start();
  for (let i = 0; i < 3; i++) {
    await process.join({ timeout: 30 });
    console.log("main is waiting for the child; it is alive:", process.isAlive());
  }
  await end.set();
  await process.join();
  console.log("main has waited for the child; it is alive:", process.isAlive());
}

export async function waitFor(event: Event, arrived: Semaphore): Promise<void> {
  console.log(`\t${currentProcess().name} is waiting`);
  await arrived.release();
  await event.wait();
  console.log(`\t${currentProcess().name} has woken up`);
}

/** An event that five processes wait for. */
async function testEvent({ context: { Process }, makeEvent, makeSemaphore }: Kit): Promise<void> {
  const [event, arrived] = [await makeEvent(), await makeSemaphore(0)];
  const processes = Array.from({ length: 5 }, () => new Process({ target: waitFor, args: [event, arrived] }));
  for (const process of processes) await process.start();
  for (const _ of processes) await arrived.acquire();
  console.log("main is setting event");
  await event.set();
  for (const process of processes) await process.join();
}

export function checkValues(number: Value<number>, fraction: Value<number>, elements: SharedArray<number>): void {
  assertEquals([number.value, fraction.value], [10, 1.25]);
  assertEquals([...elements], [0, 0.25, 0.5]);
  console.log("Tests passed");
}

/** Values and arrays that come to a child as they are. */
async function testSharedValues({ context }: Kit): Promise<void> {
  const { Process, Value } = context;
  const args: [Value<number>, Value<number>, SharedArray<number>] = [
    new Value("i", 10),
    new Value("d", 1.25),
    new context.Array("d", [0, 0.25, 0.5]),
  ];
  const process = new Process({ target: checkValues, args });
  await process.start();
  await process.join();
  assertEquals(process.exitCode, 0);
}

if (import.meta.main) {
  const tests = [testValue, testQueue, testCondition, testSemaphore, testJoinTimeout, testEvent, testSharedValues];
  const kits: Record<string, () => Kit | Promise<Kit>> = {
    processes: () => kitOf(getContext("spawn")),
    threads: () => kitOf(getContext("worker")),
    manager: () => kitOfManager(getContext("spawn")),
  };
  for (const kind of Deno.args.length > 0 ? Deno.args : Object.keys(kits)) {
    console.log(`Using ${kind}`);
    const kit = await kits[kind]?.();
    assert(kit, `${kind} is none of ${Object.keys(kits).join(", ")}`);
    for (const test of tests) {
      console.log(`######## ${test.name}`);
      await test(kit);
    }
  }
}

/* Output:
Using processes
######## testValue
* (repeatedly)
No more running processes
######## testQueue
0 1 4 9 16 25 36 49 64 81 100 121 144 169 196 225 256 289 324 361 400 441 484 529 576 625 676 729 784 841 STOP
######## testCondition
<Condition(<RLock(None, 0)>, 0)>
<Condition(<RLock(MainProcess, 2)>, 0)>
main is waiting
	 <Condition(<RLock(Process-*, 1)>, 1)>
	child is notifying
main has woken up
<Condition(<RLock(MainProcess, 2)>, 0)>
<Condition(<RLock(None, 0)>, 0)>
######## testSemaphore
* tasks are running
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
Process-* has finished
######## testJoinTimeout
main is waiting for the child; it is alive: true
main is waiting for the child; it is alive: true
main is waiting for the child; it is alive: true
	child is terminating
main has waited for the child; it is alive: false
######## testEvent
	* is waiting
	* is waiting
	* is waiting
	* is waiting
	* is waiting
main is setting event
	* has woken up
	* has woken up
	* has woken up
	* has woken up
	* has woken up
######## testSharedValues
Tests passed
Using threads
######## testValue
* (repeatedly)
No more running processes
######## testQueue
0 1 4 9 16 25 36 49 64 81 100 121 144 169 196 225 256 289 324 361 400 441 484 529 576 625 676 729 784 841 STOP
######## testCondition
<Condition(<RLock(None, 0)>, 0)>
<Condition(<RLock(MainProcess, 2)>, 0)>
main is waiting
	 <Condition(<RLock(Process-*, 1)>, 1)>
	child is notifying
main has woken up
<Condition(<RLock(MainProcess, 2)>, 0)>
<Condition(<RLock(None, 0)>, 0)>
######## testSemaphore
* tasks are running
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
Process-* has finished
######## testJoinTimeout
main is waiting for the child; it is alive: true
main is waiting for the child; it is alive: true
main is waiting for the child; it is alive: true
	child is terminating
main has waited for the child; it is alive: false
######## testEvent
	* is waiting
	* is waiting
	* is waiting
	* is waiting
	* is waiting
main is setting event
	* has woken up
	* has woken up
	* has woken up
	* has woken up
	* has woken up
######## testSharedValues
Tests passed
Using manager
######## testValue
* (repeatedly)
No more running processes
######## testQueue
0 1 4 9 16 25 36 49 64 81 100 121 144 169 196 225 256 289 324 361 400 441 484 529 576 625 676 729 784 841 STOP
######## testCondition
<ConditionProxy object, typeid 'Condition' at 0x*>
<ConditionProxy object, typeid 'Condition' at 0x*>
main is waiting
	 <ConditionProxy object, typeid 'Condition' at 0x*>
	child is notifying
main has woken up
<ConditionProxy object, typeid 'Condition' at 0x*>
<ConditionProxy object, typeid 'Condition' at 0x*>
######## testSemaphore
* tasks are running
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
*
Process-* has finished
######## testJoinTimeout
main is waiting for the child; it is alive: true
main is waiting for the child; it is alive: true
main is waiting for the child; it is alive: true
	child is terminating
main has waited for the child; it is alive: false
######## testEvent
	* is waiting
	* is waiting
	* is waiting
	* is waiting
	* is waiting
main is setting event
	* has woken up
	* has woken up
	* has woken up
	* has woken up
	* has woken up
######## testSharedValues
Tests passed
*/

// Catalogue: EX-47

// Start method: spawn
