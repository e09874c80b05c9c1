import { assertEquals, assertThrows } from "@std/assert";
import { ForkServerProcess, getContext, Process, ref, SpawnProcess, WorkerProcess } from "../../mod.ts";

interface Options {
  readonly depth: number;
  readonly name?: string;
}

const plain = (_a: number, _options: Options) => {};
const optional = (_a: number, _options?: Options) => {};
const only = (_options: Options) => {};
const open = (_a: number, _options: Record<string, unknown>) => {};
const rest = (_a: number, ..._rest: unknown[]) => {};
const numbers = (_a: number, _b: number) => {};
const list = (_a: number, _b: number[]) => {};

Deno.test("Process checks kwargs by the type of the target's last parameter [PROC-07]", () => {
  const options: Options = { depth: 1 };
  new Process({ target: plain, args: [1], kwargs: { depth: 1 } });
  new Process({ target: plain, args: [1], kwargs: options });
  new Process({ target: optional, args: [1], kwargs: { depth: 1, name: "a" } });
  new Process({ target: only, kwargs: { depth: 1 } });
  new Process({ target: only, args: [], kwargs: { depth: 1 } });
  new Process({ target: open, args: [1], kwargs: { anything: 1 } });
  new Process({ target: rest, args: [1, 2], kwargs: { anything: 1 } });
  new Process({ target: ref<typeof plain>("data:text/javascript,", "plain"), args: [1], kwargs: { depth: 1 } });
  new Process({ target: plain, args: [1, { depth: 1 }] });
  const told: Process<[number, Options]> = new Process({ target: plain, args: [1], kwargs: options });
  assertEquals(told.exitCode, null);
});

Deno.test("Process takes no kwargs and no args of other types than its target [PROC-07]", () => {
  // @ts-expect-error The option is a number.
  new Process({ target: plain, args: [1], kwargs: { depth: "1" } });
  // @ts-expect-error An option is missing.
  new Process({ target: plain, args: [1], kwargs: {} });
  // @ts-expect-error The argument is a number.
  new Process({ target: plain, args: ["1"], kwargs: { depth: 1 } });
  // @ts-expect-error The argument is missing.
  new Process({ target: plain, args: [], kwargs: { depth: 1 } });
  // @ts-expect-error The last argument is missing.
  new Process({ target: plain, args: [1] });
  // @ts-expect-error The last argument is no object.
  new Process({ target: numbers, args: [1], kwargs: { depth: 1 } });
  // @ts-expect-error The last argument is an array.
  new Process({ target: list, args: [1], kwargs: { depth: 1 } });
  // @ts-expect-error There is no such setting.
  assertThrows(() => new Process({ taget: plain, args: [1], kwargs: { depth: 1 } }), TypeError, "use target");
});

Deno.test("The class of each context checks kwargs as Process does [PROC-07]", () => {
  for (const Class of [SpawnProcess, ForkServerProcess, WorkerProcess, getContext("spawn").Process]) {
    new Class({ target: plain, args: [1], kwargs: { depth: 1 } });
    // @ts-expect-error The option is a number.
    new Class({ target: plain, args: [1], kwargs: { depth: "1" } });
  }
});
