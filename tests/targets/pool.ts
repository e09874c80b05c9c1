/** What the workers of the pool tests do. */
import {
  type Connection,
  currentProcess,
  type Event,
  getContext,
  type Lock,
  type Queue,
  reportProgress,
  share,
  type StartMethod,
  taskSignal,
  type Value,
} from "../../mod.ts";

/** The square. */
export function square(x: number): number {
  return x * x;
}

/** The square, later. */
export async function squareLater(x: number): Promise<number> {
  await Promise.resolve();
  return x * x;
}

/** The sum. */
export function add(a: number, b: number): number {
  return a + b;
}

/** What it gets. */
export function same<T>(x: T): T {
  return x;
}

/** What it gets, after so many milliseconds. */
export async function sameAfter<T>(ms: number, x: T): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return x;
}

/** Which worker it is: its name, which tells apart those of one OS process as well. */
export function whoAmI(): string {
  return currentProcess().name;
}

/** What a task may know of its worker. */
export function aboutWorker(): { name: string; daemon: boolean; pid: number } {
  const { name, daemon } = currentProcess();
  return { name, daemon, pid: Deno.pid };
}

let started: unknown[] = [];

/** As an initializer: remembers its arguments. */
export function remember(...args: unknown[]): void {
  started = [...started, args];
}

/** What the initializer was called with. */
export function remembered(): unknown[] {
  return started;
}

/** As an initializer: notes that it ran. */
export function noteStart(notes: string): void {
  note(notes, "start");
}

/** Appends a line; what was written is there whatever becomes of the process. */
export function note(notes: string, line: unknown): void {
  Deno.writeTextFileSync(notes, `${line}\n`, { append: true });
}

/** Notes that it ran, and is quick. */
export function noteAndSquare(notes: string, x: number): number {
  note(notes, x);
  return x * x;
}

/** Says that it has begun, and waits until it may go on. */
export async function hold<T>(begun: Event, goOn: Event, x: T): Promise<T> {
  await begun.set();
  await goOn.wait();
  return x;
}

/** As {@linkcode hold}, with a blocked event loop; only where memory is shared. */
export function holdSync<T>(begun: Event, goOn: Event, x: T): T {
  begun.setSync();
  goOn.waitSync();
  return x;
}

/** Keeps the worker busy for so many milliseconds, without its event loop. */
export function busy(ms: number): number {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
}

/** Says that it has begun, then keeps the worker busy. */
export async function beginBusy(begun: Event, ms: number): Promise<number> {
  await begun.set();
  return busy(ms);
}

/** Tells when it begins, and blocks its thread until it is told to end. */
export async function beginBlocked(begun: Event, end: Event): Promise<void> {
  await begun.set();
  end.waitSync();
}

/** Ways for a worker to die. */
export type Way = "exit 0" | "exit 3" | "close" | "throw later" | "reject later" | "kill" | "exit at once";

/** Dies. */
export async function die(way: Way): Promise<void> {
  console.error(`about to die: ${way}`);
  if (way === "exit 0") Deno.exit(0);
  if (way === "exit 3") Deno.exit(3);
  if (way === "kill") Deno.kill(Deno.pid, "SIGKILL");
  if (way === "close" && "close" in globalThis) globalThis.close();
  if (way === "throw later") {
    setTimeout(() => {
      throw new Error("thrown later");
    }, 0);
  }
  if (way === "reject later") Promise.reject(new Error("rejected later"));
  await new Promise(() => {});
}

/** Dies if it is told so, else gives back what it got; each run is noted. */
export function dieOrNote(notes: string, x: number, dies: boolean): number {
  note(notes, x);
  if (dies) Deno.exit(7);
  return x;
}

/** An error with a class of its own. */
export class PoolMishap extends Error {
  override name = "PoolMishap";
  readonly code: number;

  constructor(message: string, code: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Fails in one way or another. */
export function fail(kind: string): never {
  if (kind === "type") throw new TypeError("no such type", { cause: new RangeError("out of range") });
  if (kind === "own") throw new PoolMishap("a mishap", 42);
  // deno-lint-ignore no-throw-literal
  if (kind === "null") throw null;
  if (kind === "aggregate") throw new AggregateError([new Error("one"), new TypeError("two")], "both");
  if (kind === "dom") throw new DOMException("not there", "NotFoundError");
  if (kind === "deno") throw new Deno.errors.NotFound("no such file");
  if (kind === "unsendable") throw Object.assign(new Error("with a symbol"), { mark: Symbol("own") });
  throw new Error(kind);
}

/** Fails at 5. */
export function failAtFive(x: number): number {
  if (x === 5) throw new RangeError("five");
  return x * x;
}

/** As {@linkcode failAtFive}, and each run is noted. */
export function noteAndFailAtFive(notes: string, x: number): number {
  note(notes, x);
  return failAtFive(x);
}

/** What cannot be sent. */
export function unsendable(kind: string): unknown {
  if (kind === "function") return () => {};
  if (kind === "symbol") return Symbol("nobody's");
  if (kind === "getter") {
    return Object.defineProperty({}, "x", {
      enumerable: true,
      get() {
        throw new Error("hostile");
      },
    });
  }
  return { deep: [{ f() {} }] };
}

/** As an initializer: fails, and notes that it ran. */
export function failToStart(notes: string): void {
  note(notes, "start");
  throw new PoolMishap("cannot begin", 7);
}

/** As an initializer: ends the worker. */
export function exitAtStart(notes: string): void {
  note(notes, "start");
  console.error("no way to begin");
  Deno.exit(9);
}

/** As an initializer: ends the first worker that runs it, and none after. */
export function exitOnce(notes: string): void {
  note(notes, "start");
  if (Deno.readTextFileSync(notes).split("\n").length === 2) Deno.exit(9);
}

/** As an initializer: waits until it may go on. */
export async function startLater(begun: Event, goOn: Event): Promise<void> {
  await begun.set();
  await goOn.wait();
}

/** Waits for its signal, cleans up, and says why it was aborted. */
export async function untilAborted(begun: Event, notes: string): Promise<string> {
  const signal = taskSignal();
  try {
    await begun.set();
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    return "never";
  } finally {
    note(notes, `cleaned up in ${whoAmI()}: ${(signal.reason as Error).message}`);
  }
}

/** Ignores its signal for ever. */
export async function ignoreSignal(begun: Event): Promise<void> {
  taskSignal();
  await begun.set();
  await new Promise(() => {});
}

/** Gives something back though it was aborted. */
export async function partOfIt(begun: Event): Promise<string> {
  const signal = taskSignal();
  await begun.set();
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  return "part of it";
}

/** Whether a task that was not aborted has a signal that is. */
export function isAborted(): boolean {
  return taskSignal().aborted;
}

/** Reports so many numbers, then returns. */
export function report(count: number): string {
  for (let number = 0; number < count; number++) reportProgress(number);
  return "done";
}

/** Reports something that cannot be sent. */
export function reportUnsendable(): string {
  try {
    reportProgress(() => {});
  } catch (error) {
    return (error as Error).name;
  }
  return "sent";
}

/** Reports from the inside of an asynchronous task. */
export async function reportLater(values: unknown[]): Promise<number> {
  for (const value of values) {
    await Promise.resolve();
    reportProgress(value);
  }
  return values.length;
}

/** Length and a byte of a large argument; so large a result. */
export function mirror(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte + 1);
}

/** Uses everything that came. */
export async function useAll(
  { queue, lock, value, connection }: {
    queue: Queue<string>;
    lock: Lock;
    value: Value<number> | null;
    connection: Connection<string, string>;
  },
): Promise<string> {
  await using _ = await lock.guard();
  await queue.put("over the queue");
  if (value !== null) value.value += 1;
  const heard = await connection.recv();
  await connection.send(`${heard}, and back`);
  connection.close();
  return heard;
}

/** Gives back a shared object, with something in it. */
export async function giveQueue(method: StartMethod): Promise<Queue<string>> {
  const { Queue } = getContext(method);
  const queue = new Queue<string>();
  await queue.put("from a worker");
  return queue;
}

/** Sends over a connection that came as an argument. */
export async function tellOver(connection: Connection<string>, text: string): Promise<void> {
  await connection.send(text);
  connection.close();
}

/** Whether a pool can be made in a worker. */
export function makePool(method: StartMethod): string {
  try {
    new (getContext(method).Pool)(1);
    return "made";
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

/** What a child finds out with a pool of its own. */
export async function squareInPool(to: Connection<unknown>, method: StartMethod): Promise<void> {
  await using pool = new (getContext(method).Pool)(1);
  await to.send(await pool.map(square, [1, 2, 3]));
}

/** Starts something that goes on, with the same standard error, and dies. */
export function leaveBehind(ms: number): void {
  new Deno.Command("sleep", { args: [String(ms / 1000)], stdin: "null", stdout: "null", stderr: "inherit" }).spawn()
    .unref();
  Deno.exit(4);
}

/** Increments under the lock of the value. */
export async function count(value: Value<number>, times: number): Promise<void> {
  for (let left = times; left > 0; left--) {
    await using _ = await value.getLock().guard();
    value.value += 1;
  }
}

/** An object that comes back as one of its class. */
export function mishapAsResult(): PoolMishap {
  return new PoolMishap("a result", 1);
}

share(import.meta, {
  square,
  squareLater,
  add,
  same,
  sameAfter,
  whoAmI,
  aboutWorker,
  remember,
  remembered,
  noteStart,
  note,
  noteAndSquare,
  hold,
  holdSync,
  busy,
  beginBusy,
  beginBlocked,
  die,
  dieOrNote,
  fail,
  failAtFive,
  noteAndFailAtFive,
  unsendable,
  failToStart,
  exitAtStart,
  exitOnce,
  startLater,
  untilAborted,
  ignoreSignal,
  partOfIt,
  isAborted,
  report,
  reportUnsendable,
  reportLater,
  mirror,
  useAll,
  giveQueue,
  tellOver,
  makePool,
  squareInPool,
  leaveBehind,
  count,
  mishapAsResult,
  PoolMishap,
});

/** Writes lines to standard error, then gives back how many. */
export function complain(lines: number): number {
  for (let line = 0; line < lines; line++) console.error("complaint".padEnd(1023, "."));
  return lines;
}
