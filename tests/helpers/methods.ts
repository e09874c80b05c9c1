/** One test a start method: what holds in one context holds in all. */
import { assertEquals } from "@std/assert";
import { activeChildren, type Context, getAllStartMethods, getContext, type StartMethod } from "../../mod.ts";
import { within } from "./within.ts";

/** So long that only a hang exceeds it. */
export const HANG_MS = 60_000;

// Workers share memory by other means, so they are as before where native code may not be called.
const hosted = Deno.permissions.querySync({ name: "ffi" }).state !== "granted" && getAllStartMethods().length > 1;
const skipped: readonly StartMethod[] = hosted ? ["worker"] : [];

/** Whether every behaviour is to run in every start method (`deno task test:all`), which takes half as long again. */
export const everyMethod: boolean =
  Deno.permissions.querySync({ name: "env", variable: "MP_TEST_ALL" }).state === "granted" &&
  Deno.env.get("MP_TEST_ALL") !== undefined;

// The permissions of each start method are tested in full, and in a run of their own.
const narrow = /\/tests\/permissions\//.test(Deno.mainModule);

// A run of all tests has two rounds (tests/run.ts): one start method of each behaviour, then the others.
const round = Deno.permissions.querySync({ name: "env", variable: "MP_TEST_ROUND" }).state === "granted"
  ? Deno.env.get("MP_TEST_ROUND")
  : undefined;

/** Those of `methods` in which a test of that name is to run in this round; all where there are no rounds. */
export function methodsOf<Method extends string>(name: string, methods: readonly Method[]): readonly Method[] {
  if (round === undefined) return methods;
  if (narrow) return round === "first" ? methods : [];
  const one = methods[hash(name) % methods.length];
  return methods.filter((method) => (method === one) === (round === "first"));
}

// What a process does hardly depends on whether it is fresh or was kept warm: each behaviour runs in a thread and in one kind of
// process, half of them in either.
function unchosen(name: string): readonly StartMethod[] {
  return everyMethod || narrow ? [] : [(hash(name) >>> 3) % 2 === 0 ? "spawn" : "forkserver"];
}

function hash(name: string): number {
  return new TextEncoder().encode(name).reduce((sum, byte) => (sum * 31 + byte) >>> 0, 0);
}

function killChildren(): void {
  for (const child of activeChildren()) child.kill();
}

/** Registers `test` for every start method, but for those that the matter does not concern. */
export function forEachStartMethod(
  name: string,
  test: (ctx: Context) => Promise<void>,
  { except = [] }: { except?: readonly StartMethod[] } = {},
): void {
  const omitted = [...except, ...skipped, ...except.length === 0 ? unchosen(name) : []];
  for (const method of methodsOf(name, getAllStartMethods().filter((method) => !omitted.includes(method)))) {
    Deno.test(`${name} (${method})`, async () => {
      // Which tells both errors, if this fails too.
      using _children = { [Symbol.dispose]: killChildren };
      await within(HANG_MS, test(getContext(method)));
      assertEquals(activeChildren(), []);
    });
  }
}

/** As {@linkcode forEachStartMethod}, for what needs memory that processes share: not where native code may not be called. */
export function forEachSharedMemory(
  name: string,
  test: (ctx: Context) => Promise<void>,
  { except = [] }: { except?: readonly StartMethod[] } = {},
): void {
  const processes: readonly StartMethod[] = ["spawn", "forkserver"];
  const granted = Deno.permissions.querySync({ name: "ffi" }).state === "granted";
  forEachStartMethod(name, test, { except: granted ? except : processes });
}
