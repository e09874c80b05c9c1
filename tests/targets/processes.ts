/** What children do in the tests of Process. */
import {
  type Connection,
  Context,
  currentProcess,
  getContext,
  getStartMethod,
  parentProcess,
  Process,
  share,
} from "../../mod.ts";
import { neverReturn } from "./busy.ts";

/** What a process knows of itself. */
export interface Facts {
  readonly name: string;
  readonly pid: number | undefined;
  readonly osPid: number;
  readonly osParent: number;
  readonly ident: string | undefined;
  readonly daemon: boolean;
  readonly authKey: Uint8Array;
  readonly alive: boolean;
  readonly exitCode: number | null;
  readonly isMain: boolean;
  readonly startMethod: string | null;
  readonly contextClass: string;
  readonly processClass: string;
  readonly parent: { readonly name: string; readonly pid: number | undefined; readonly alive: boolean } | null;
}

/** Sends what the process knows of itself. */
export async function sendFacts(to: Connection<Facts>): Promise<void> {
  const { name, pid, ident, daemon, authKey, exitCode } = currentProcess();
  const parent = parentProcess();
  const context = getContext();
  await to.send({
    name,
    pid,
    ident,
    daemon,
    // A copy: the key itself does not leave its process.
    authKey: authKey.slice(),
    exitCode,
    alive: currentProcess().isAlive(),
    osPid: Deno.pid,
    osParent: Deno.ppid,
    isMain: import.meta.main,
    startMethod: getStartMethod({ allowNone: true }),
    contextClass: context instanceof Context ? context.constructor.name : "none",
    processClass: context.Process.name,
    parent: parent && { name: parent.name, pid: parent.pid, alive: parent.isAlive() },
  });
}

/** Sends the arguments after the first. */
export async function sendArgs(to: Connection<unknown>, ...args: unknown[]): Promise<void> {
  await to.send(args);
}

/** Writes what the first example of Python's documentation writes. */
export function hello(name: string): void {
  console.log("hello", name);
}

/** Ends at once. */
export function nothing(): void {}

/** Says that it runs, then waits until it is told something, or until nobody can any more. */
export async function untilTold(to: Connection<string>): Promise<void> {
  await to.send("runs");
  await to.recv().catch(() => {});
}

/** Says that it runs, then never returns to its event loop. */
export async function busy(to: Connection<string>): Promise<void> {
  await to.send("runs");
  neverReturn();
}

/** Waits for ever without keeping anything but its process. */
export async function waitForEver(): Promise<void> {
  await new Promise(() => {});
}

/** Sends the outcome of each misuse of processes that are not children of this one. */
export async function misuseOthers(to: Connection<Record<string, string>>): Promise<void> {
  const parent = parentProcess();
  const outcomes: Record<string, string> = {};
  for (const [whose, process] of Object.entries({ own: currentProcess(), parent })) {
    if (process === null) continue;
    const uses: Record<string, () => unknown> = {
      start: () => process.start(),
      terminate: () => process.terminate(),
      kill: () => process.kill(),
      interrupt: () => process.interrupt(),
      ...whose === "own" && { join: () => process.join({ timeout: 0 }) },
    };
    for (const [name, use] of Object.entries(uses)) outcomes[`${whose}.${name}`] = await outcomeOf(use);
  }
  await to.send(outcomes);
}

async function outcomeOf(use: () => unknown): Promise<string> {
  try {
    await use();
    return "done";
  } catch (error) {
    return error instanceof Error ? error.name : "thrown";
  }
}

/** Sends whether the parent is alive as an object, and that waiting for it shortly does no harm. */
export async function watchParent(to: Connection<unknown>): Promise<void> {
  const parent = parentProcess();
  await parent?.join({ timeout: 0 });
  await to.send(parent?.isAlive());
}

/** Sends the names of processes that it makes but does not start. */
export async function sendChildNames(to: Connection<string[]>): Promise<void> {
  await to.send([new Process().name, new Process({ name: "named" }).name, new Process().name]);
}

/** Starts a child that tells its facts through the same connection, and waits for it. */
export async function sendFactsOfChild(to: Connection<Facts>): Promise<void> {
  const child = new Process({ target: sendFacts, args: [to] });
  await child.start();
  await child.join();
}

/** Sends where it is in the tree, then has two children do the same, one after the other, to a depth. */
export async function recurse(to: Connection<number[]>, place: number[], depth: number): Promise<void> {
  await to.send(place);
  if (place.length === depth) return;
  for (const branch of [0, 1]) {
    const child = new Process({ target: recurse, args: [to, [...place, branch], depth] });
    await child.start();
    await child.join();
  }
}

/** Tries to start a child, and sends how that went. */
export async function tryToStart(to: Connection<string>): Promise<void> {
  try {
    await using child = new Process({ target: nothing });
    await child.start();
    await to.send("started");
  } catch (error) {
    await to.send(String(error));
  }
}

/** What the process has open, where the system tells. */
export function openFiles(): string[] {
  return [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/self/fd/${name}`)];
    } catch {
      // The one that the folder itself was read with.
      return [];
    }
  });
}

/** Sends what the process has open, and waits to be released. */
export async function sendOpenFiles(to: Connection<string[]>, from: Connection<string>): Promise<void> {
  await to.send(openFiles());
  await from.recv();
}

/** Leaves work behind that goes on when the function has returned. */
export function leaveTimer(to: Connection<string>): void {
  setTimeout(() => to.send("from the timer"), 30);
}

/** Leaves a promise behind that nobody awaits. */
export function leavePromise(to: Connection<string>): void {
  (async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    await to.send("from the promise");
  })();
}

/** Sends some of the environment, the working directory and the program's arguments. */
export async function sendSurroundings(to: Connection<unknown>, variables: string[]): Promise<void> {
  const env = Object.fromEntries(variables.map((name) => [name, Deno.env.get(name)]));
  await to.send({ env, cwd: Deno.cwd(), args: Deno.args });
}

/** Sends what is left to read of standard input. */
export async function sendStandardInput(to: Connection<unknown>): Promise<void> {
  const buffer = new Uint8Array(16);
  const read = await Deno.stdin.read(buffer);
  const chunks = await Array.fromAsync(Deno.stdin.readable);
  await to.send({ read, readSync: Deno.stdin.readSync(buffer), chunks: chunks.length });
}

/** Writes to standard output and error when told, whether or not anybody reads it. */
export async function writeTwice(to: Connection<string>): Promise<void> {
  await to.recv();
  for (const stream of [Deno.stdout, Deno.stderr]) {
    try {
      stream.writeSync(new TextEncoder().encode("text\n"));
    } catch (error) {
      // What a process writes to a pipe that is closed.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }
  await to.send("written");
}

/** Writes to both outputs. */
export function writeBoth(text: string): void {
  console.log(`out ${text}`);
  console.error(`err ${text}`);
}

/** Writes no bytes, then some. */
export async function writeNothingFirst(text: string): Promise<void> {
  for (const part of ["", text]) await Deno.stdout.write(new TextEncoder().encode(part));
}

/** Outlives whoever waits for it. */
export async function waitForever(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

/** Prints a line, after a while in which nothing else happens. */
export async function writeLater(line: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  console.log(line);
}

/** Writes much, in lines. */
export function writeMuch(lines: number): void {
  for (let line = 0; line < lines; line++) console.log(`line ${line} ${"x".repeat(100)}`);
}

/** Waits for the end of a connection to a child of its own, then says so. */
export async function holdThrough(to: Connection<number>, holder: "idle" | "busy"): Promise<void> {
  const child = new Process({ target: holder === "busy" ? occupy : waitWith, args: [to] });
  await child.start();
  await child.join();
}

/** Sends its process id and waits for ever. */
export async function waitWith(to: Connection<number>): Promise<void> {
  await to.send(Deno.pid);
  await new Promise(() => {});
}

/** Sends its process id and never returns to its event loop. */
export async function occupy(to: Connection<number>): Promise<void> {
  await to.send(Deno.pid);
  neverReturn();
}

/** Tells what runs when it is ended from outside: no clean-up, if all is well. */
export async function cleanUpIfLet(to: Connection<string>): Promise<void> {
  globalThis.addEventListener("unload", () => void to.send("unload"));
  try {
    await to.send("runs");
    await new Promise(() => {});
  } finally {
    await to.send("finally");
  }
}

/** Registers what is to be written at the end. */
export function writeAtExit(): void {
  globalThis.addEventListener("unload", () => console.log("at exit"));
  console.log("in target");
}

/** Lives on when it is interrupted, and says so. */
export async function swallowInterrupts(to: Connection<string>): Promise<void> {
  const interrupted = Promise.withResolvers<void>();
  const listener = () => interrupted.resolve();
  Deno.addSignalListener("SIGINT", listener);
  // A signal listener does not keep a process alive, so something else must.
  const alive = setInterval(() => {}, 1000);
  await to.send("runs");
  await interrupted.promise;
  clearInterval(alive);
  Deno.removeSignalListener("SIGINT", listener);
  await to.send("interrupted");
}

/** Waits for a message while it handles a signal, says when it has, and sends what it received. */
export async function receiveThroughSignal(to: Connection<unknown>): Promise<void> {
  const listener = () => {
    Deno.removeSignalListener("SIGUSR1", listener);
    to.send("handled");
  };
  Deno.addSignalListener("SIGUSR1", listener);
  await to.send("runs");
  await to.send(await to.recv());
}

share(import.meta, {
  sendFacts,
  sendArgs,
  hello,
  nothing,
  untilTold,
  busy,
  waitForEver,
  misuseOthers,
  watchParent,
  sendChildNames,
  sendFactsOfChild,
  recurse,
  tryToStart,
  sendOpenFiles,
  leaveTimer,
  leavePromise,
  sendSurroundings,
  sendStandardInput,
  writeBoth,
  writeMuch,
  holdThrough,
  waitWith,
  occupy,
  cleanUpIfLet,
  writeAtExit,
  swallowInterrupts,
  receiveThroughSignal,
});
