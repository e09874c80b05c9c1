/** The ways in which a child can end. */
import { type Connection, currentProcess, share } from "../../mod.ts";

/** An error of the user's own. */
export class Mishap extends Error {
  override name = "Mishap";
}

/** Returns something. */
export function returnValue(): string {
  return "whatever";
}

/** Ends the process from within. */
export function exitWith(code?: number): void {
  Deno.exit(code);
}

/** Ends the process from a function that is called later. */
export async function exitLater(code: number): Promise<void> {
  setTimeout(() => Deno.exit(code), 0);
  await new Promise(() => {});
}

/** Returns, having said what the exit code is to be. */
export function setExitCode(code: number): void {
  Deno.exitCode = code;
}

/** Fails. */
export function throwMishap(message: string): void {
  throw new Mishap(message, { cause: new RangeError("the reason") });
}

/** Fails after waiting. */
export async function rejectMishap(message: string): Promise<void> {
  await Promise.resolve();
  throw new Mishap(message);
}

/** Sends what may not be sent. */
export async function sendSecret(to: Connection): Promise<void> {
  await to.send(currentProcess().authKey);
}

/** Throws what is no error. */
export function throwText(text: string): void {
  throw text;
}

/** Throws from a timer while the function still waits. */
export async function throwFromTimer(message: string): Promise<void> {
  setTimeout(() => {
    throw new Mishap(message);
  }, 0);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

/** Leaves a rejection unhandled while the function still waits. */
export async function leaveRejection(message: string): Promise<void> {
  Promise.reject(new Mishap(message));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

/** Prints its uncaught errors itself, and goes on. */
export async function preventErrors(): Promise<void> {
  const all = Promise.withResolvers<void>();
  let left = 3;
  const print = (event: Event, { message }: Error) => {
    event.preventDefault();
    console.error(message);
    if (--left === 0) all.resolve();
  };
  addEventListener("error", (event) => print(event, event.error));
  globalThis.onunhandledrejection = (event) => print(event, event.reason);
  setTimeout(() => {
    throw new Mishap("thrown");
  }, 0);
  setTimeout(() => reportError(new Mishap("reported")), 1);
  setTimeout(() => Promise.reject(new Mishap("rejected")), 2);
  await all.promise;
}

/** Has a listener that fails itself. */
export async function failInListener(): Promise<void> {
  addEventListener("unhandledrejection", () => {
    throw new Mishap("in the listener");
  });
  await leaveRejection("left");
}

/** Sends itself a signal, and waits for it to work. */
export async function signalSelf(signal: Deno.Signal): Promise<void> {
  Deno.kill(Deno.pid, signal);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

/** Says that it runs, then fails as soon as it is told to. */
export async function failWhenTold(to: Connection<string>): Promise<void> {
  await to.send("runs");
  throw new Mishap(String(await to.recv()));
}

share(import.meta, {
  returnValue,
  exitWith,
  exitLater,
  setExitCode,
  throwMishap,
  rejectMishap,
  throwText,
  throwFromTimer,
  leaveRejection,
  signalSelf,
  failWhenTold,
});
