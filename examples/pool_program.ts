/**
 * All that a pool does, one thing after another.
 *
 *     deno run -A examples/pool_program.ts [processes | threads] [SIZE]
 *
 * SIZE is how many numbers the timings are over.
 */
import { cpuCount, currentProcess, Pool, type PoolIterator, ThreadPool, TimeoutError } from "@multiprocessing/deno";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";

type Calculation = (a: number, b: number) => Promise<number>;
type Task = [Calculation, number, number];

const PROCESSES = 4;

export async function calculate(calculation: Calculation, a: number, b: number): Promise<string> {
  return `${currentProcess().name} says that ${calculation.name}(${a}, ${b}) = ${await calculation(a, b)}`;
}

export function calculateTask([calculation, a, b]: Task): Promise<string> {
  return calculate(calculation, a, b);
}

export async function mul(a: number, b: number): Promise<number> {
  await delay(5 * Math.random());
  return a * b;
}

export async function plus(a: number, b: number): Promise<number> {
  await delay(5 * Math.random());
  return a + b;
}

/** Fails for 5. */
export function divide(x: bigint): bigint {
  return 10n / (x - 5n);
}

export function pow3(x: number): number {
  return x ** 3;
}

export function noop(_x: number): void {}

async function testResults(pool: Pool): Promise<void> {
  const tasks = Array.from({ length: 20 }, (_, i): Task => i < 10 ? [mul, i, 7] : [plus, i, 8]);
  const submitted = tasks.map((task) => pool.applyAsync(calculate, task));
  const ordered = pool.imap(calculateTask, tasks);
  const unordered = pool.imapUnordered(calculateTask, tasks);

  console.log("Ordered results using pool.applyAsync():");
  for (const result of submitted) console.log("\t", await result.get());

  console.log("Ordered results using pool.imap():");
  for await (const result of ordered) console.log("\t", result);

  console.log("Unordered results using pool.imapUnordered():");
  for await (const result of unordered) console.log("\t", result);

  console.log("Ordered results using pool.map() --- will wait till complete:");
  for (const result of await pool.map(calculateTask, tasks)) console.log("\t", result);
}

async function compareSpeed(pool: Pool, size: number): Promise<void> {
  const numbers = Array.from({ length: size }, (_, i) => i);
  for (const f of [pow3, noop]) {
    console.log(`${f.name} over ${size} numbers`);
    const a = await measure("numbers.map(f)", () => numbers.map(f));
    const b = await measure("pool.map(f, numbers)", () => pool.map<number, unknown>(f, numbers));
    const chunkSize = Math.ceil(size / 8);
    const c = await measure(`pool.imap(f, numbers, { chunkSize: ${chunkSize} })`, async () => {
      return await Array.fromAsync(pool.imap<number, unknown>(f, numbers, { chunkSize }));
    });
    assertEquals(b, a);
    assertEquals(c, a);
  }
}

async function measure<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  console.log(`\t${what}: ${Math.round(performance.now() - started)} ms`);
  return result;
}

async function testErrors(pool: Pool): Promise<void> {
  console.log("Testing error handling:");
  const numbers = Array.from({ length: 10 }, (_, i) => BigInt(i));
  const attempts = {
    "pool.apply()": () => pool.apply(divide, [5n]),
    "pool.map()": () => pool.map(divide, numbers),
    "all of pool.imap()": () => Array.fromAsync(pool.imap(divide, numbers)),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    await assertRejects(attempt, RangeError, "Division by zero");
    console.log(`\tGot RangeError as expected from ${name}`);
  }

  const quotients = pool.imap(divide, numbers);
  for (const number of numbers) {
    try {
      const { value } = await quotients.next();
      assertEquals(value, divide(number));
    } catch (error) {
      assert(number === 5n && error instanceof RangeError);
      console.log("\tGot RangeError as expected from PoolIterator.next()");
    }
  }
  assertEquals(await quotients.next(), { value: undefined, done: true });
}

async function testTimeouts(pool: Pool): Promise<void> {
  console.log("Testing AsyncResult.get() with timeout:");
  const result = pool.applyAsync(calculate, [mul, 5, 7]);
  console.log(`\t${await patiently((timeout) => result.get({ timeout }))}`);

  console.log("Testing PoolIterator.next() with timeout:");
  const results: PoolIterator<string> = pool.imap(
    calculateTask,
    Array.from({ length: 20 }, (_, i): Task => [plus, i, 8]),
  );
  for (let i = 0; i < 20; i++) {
    console.log(`\t${await patiently(async (timeout) => (await results.next({ timeout })).value)}`);
  }
}

/** What `wait` gives at last, with a dot for each time that it was given up. */
async function patiently(wait: (timeout: number) => Promise<string>): Promise<string> {
  for (let dots = "";; dots += ".") {
    try {
      return dots + await wait(2);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }
}

async function testCallbacks(pool: Pool): Promise<void> {
  console.log("Testing callbacks:");
  const seen: unknown[] = [];
  const see = {
    callback: (value: unknown) => void seen.push(value),
    errorCallback: (error: unknown) => void seen.push(error),
  };
  await pool.applyAsync(mul, [7, 8], see);
  await pool.mapAsync(pow3, [1, 2, 3], see);
  await pool.applyAsync(divide, [5n], see).wait();
  assertEquals(seen.slice(0, 2), [56, [1, 8, 27]]);
  assert(seen[2] instanceof RangeError);
  console.log("\tcallbacks succeeded");
}

async function testEnds(makePool: () => Pool): Promise<void> {
  console.log("Testing the ends of pools:");
  const closed = makePool();
  const results = closed.mapAsync(pow3, [1, 2, 3]);
  closed.close();
  await closed.join();
  assertEquals(await results, [1, 8, 27]);
  console.log("\tclose() succeeded");

  const terminated = makePool();
  const endless = terminated.applyAsync(sleep, [1_000_000]);
  await terminated.terminate();
  await terminated.join();
  await assertRejects(() => endless.get());
  console.log("\tterminate() succeeded");

  let left: Pool;
  {
    await using pool = makePool();
    left = pool;
  }
  await assertRejects(async () => await left.apply(pow3, [1]));
  console.log("\tthe end of a scope succeeded");
}

export async function sleep(ms: number): Promise<void> {
  await delay(ms);
}

if (import.meta.main) {
  const [kind = "processes", size = "1000"] = Deno.args;
  if (!["processes", "threads"].includes(kind)) {
    console.log("Usage:\n\tpool_program.ts [processes | threads] [SIZE]");
    Deno.exit(2);
  }
  const makePool = () => kind === "threads" ? new ThreadPool(PROCESSES) : new Pool(PROCESSES);

  console.log(`cpuCount() = ${cpuCount()}`);
  console.log(`Creating pool with ${PROCESSES} ${kind}`);
  await using pool = makePool();
  await testResults(pool);
  await compareSpeed(pool, Number(size));
  await testErrors(pool);
  await testTimeouts(pool);
  await testCallbacks(pool);
  await testEnds(makePool);
}

/* Output:
cpuCount() = *
Creating pool with 4 processes
Ordered results using pool.applyAsync():
	 * says that mul(0, 7) = 0
	 * says that mul(1, 7) = 7
	 * says that mul(2, 7) = 14
	 * says that mul(3, 7) = 21
	 * says that mul(4, 7) = 28
	 * says that mul(5, 7) = 35
	 * says that mul(6, 7) = 42
	 * says that mul(7, 7) = 49
	 * says that mul(8, 7) = 56
	 * says that mul(9, 7) = 63
	 * says that plus(10, 8) = 18
	 * says that plus(11, 8) = 19
	 * says that plus(12, 8) = 20
	 * says that plus(13, 8) = 21
	 * says that plus(14, 8) = 22
	 * says that plus(15, 8) = 23
	 * says that plus(16, 8) = 24
	 * says that plus(17, 8) = 25
	 * says that plus(18, 8) = 26
	 * says that plus(19, 8) = 27
Ordered results using pool.imap():
	 * says that mul(0, 7) = 0
	 * says that mul(1, 7) = 7
	 * says that mul(2, 7) = 14
	 * says that mul(3, 7) = 21
	 * says that mul(4, 7) = 28
	 * says that mul(5, 7) = 35
	 * says that mul(6, 7) = 42
	 * says that mul(7, 7) = 49
	 * says that mul(8, 7) = 56
	 * says that mul(9, 7) = 63
	 * says that plus(10, 8) = 18
	 * says that plus(11, 8) = 19
	 * says that plus(12, 8) = 20
	 * says that plus(13, 8) = 21
	 * says that plus(14, 8) = 22
	 * says that plus(15, 8) = 23
	 * says that plus(16, 8) = 24
	 * says that plus(17, 8) = 25
	 * says that plus(18, 8) = 26
	 * says that plus(19, 8) = 27
Unordered results using pool.imapUnordered():
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
	 * says that * = *
Ordered results using pool.map() --- will wait till complete:
	 * says that mul(0, 7) = 0
	 * says that mul(1, 7) = 7
	 * says that mul(2, 7) = 14
	 * says that mul(3, 7) = 21
	 * says that mul(4, 7) = 28
	 * says that mul(5, 7) = 35
	 * says that mul(6, 7) = 42
	 * says that mul(7, 7) = 49
	 * says that mul(8, 7) = 56
	 * says that mul(9, 7) = 63
	 * says that plus(10, 8) = 18
	 * says that plus(11, 8) = 19
	 * says that plus(12, 8) = 20
	 * says that plus(13, 8) = 21
	 * says that plus(14, 8) = 22
	 * says that plus(15, 8) = 23
	 * says that plus(16, 8) = 24
	 * says that plus(17, 8) = 25
	 * says that plus(18, 8) = 26
	 * says that plus(19, 8) = 27
pow3 over 1000 numbers
	numbers.map(f): * ms
	pool.map(f, numbers): * ms
	pool.imap(f, numbers, { chunkSize: 125 }): * ms
noop over 1000 numbers
	numbers.map(f): * ms
	pool.map(f, numbers): * ms
	pool.imap(f, numbers, { chunkSize: 125 }): * ms
Testing error handling:
	Got RangeError as expected from pool.apply()
	Got RangeError as expected from pool.map()
	Got RangeError as expected from all of pool.imap()
	Got RangeError as expected from PoolIterator.next()
Testing AsyncResult.get() with timeout:
	* says that mul(5, 7) = 35
Testing PoolIterator.next() with timeout:
	* says that plus(0, 8) = 8
	* says that plus(1, 8) = 9
	* says that plus(2, 8) = 10
	* says that plus(3, 8) = 11
	* says that plus(4, 8) = 12
	* says that plus(5, 8) = 13
	* says that plus(6, 8) = 14
	* says that plus(7, 8) = 15
	* says that plus(8, 8) = 16
	* says that plus(9, 8) = 17
	* says that plus(10, 8) = 18
	* says that plus(11, 8) = 19
	* says that plus(12, 8) = 20
	* says that plus(13, 8) = 21
	* says that plus(14, 8) = 22
	* says that plus(15, 8) = 23
	* says that plus(16, 8) = 24
	* says that plus(17, 8) = 25
	* says that plus(18, 8) = 26
	* says that plus(19, 8) = 27
Testing callbacks:
	callbacks succeeded
Testing the ends of pools:
	close() succeeded
	terminate() succeeded
	the end of a scope succeeded
*/

// Catalogue: EX-46
