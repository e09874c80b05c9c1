import { assert, assertEquals, assertInstanceOf, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import {
  inline,
  isVerified,
  loadReferences,
  markVerified,
  noteCaller,
  Ref,
  ref,
  referenceTo,
  resolveReference,
  share,
  type Target,
} from "../../src/codec/function_ref.ts";
import type { FunctionReference } from "../../src/codec/handoff.ts";
import * as tasks from "../targets/function_ref_tasks.ts";

export function double(n: number): number {
  return n * 2;
}

function triple(n: number): number {
  return n * 3;
}

export { triple as threefold };

const TARGETS = new URL("../targets/", import.meta.url);
const TASKS = new URL("function_ref_tasks.ts", TARGETS).href;
const MAIN = new URL("function_ref_main.ts", TARGETS).href;
const RECEIVER = new URL("function_ref_receiver.ts", TARGETS).href;

type Answers = Record<string, FunctionReference & { verified: boolean } | string>;

/** As it arrives elsewhere: other objects, same words. */
function sent(reference: FunctionReference): FunctionReference {
  return JSON.parse(JSON.stringify(reference));
}

async function received(reference: FunctionReference): Promise<object> {
  await loadReferences([sent(reference)]);
  return resolveReference(sent(reference));
}

async function deno(...args: string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, stdin: "null", stderr: "piped", env: { NO_COLOR: "1" } });
  const { stdout, stderr, success } = await command.output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** What function_ref_main.ts says while its top level awaits, at the end of it, and when it has ended. */
async function answersOf(...flags: string[]): Promise<[running: Answers, late: Answers, ended: Answers]> {
  const lines = (await deno("run", "--no-prompt", ...flags, MAIN)).trim().split("\n");
  const [running, late, ended] = lines.map((line): Answers => JSON.parse(line));
  assert(running !== undefined && late !== undefined && ended !== undefined);
  return [running, late, ended];
}

/** What a child without any permission gets by calling each function with 10. */
async function resultsIn(answers: Answers): Promise<Record<string, unknown>> {
  const boot = `import*as m from"${MAIN}";import{receive}from"${RECEIVER}";await receive(m);Deno.exit(0)`;
  const references = Object.entries(answers).filter(([, answer]) => typeof answer !== "string");
  const data = `data:application/javascript,${encodeURIComponent(boot)}`;
  const json = JSON.stringify(Object.fromEntries(references));
  return JSON.parse(await deno("run", "--no-prompt", "--preload", data, MAIN, json));
}

Deno.test("referenceTo() finds what a test file as main module exports, under any name", async () => {
  noteCaller();
  referenceTo(double);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const reference = referenceTo(double);
  assertEquals(reference, { kind: "export", modules: [import.meta.url], name: "double", hash: hashIn(reference) });
  assert(isVerified(reference));
  assertStrictEquals(referenceTo(double), reference);
  assertStrictEquals(await received(reference), double);
  assertMatch(JSON.stringify(referenceTo(triple)), /"name":"threefold"/);
  assertStrictEquals(await received(referenceTo(triple)), triple);
});

Deno.test("referenceTo() refuses what is not exported, with the ways to mend it", async () => {
  function secret(): void {}
  // Else what the modules export may not be known yet, and the receiver would refuse.
  await received(referenceTo(double));
  const error = assertThrows(() => referenceTo(secret), TypeError);
  assertMatch(
    error.message,
    /^Cannot send function "secret": it is not exported by the main module \(file:.*_test\.ts\); /,
  );
  for (const way of ["export it there", "share(import.meta, { secret })", "ref(new URL(", "inline(secret)"]) {
    assert(error.message.includes(way), error.message);
  }
});

Deno.test("referenceTo() tells of methods and bound functions that their objects are arguments", async () => {
  await received(referenceTo(double));
  class Calculator {
    times(): void {}
  }
  const calculator = new Calculator();
  assertThrows(
    () => referenceTo(calculator.times),
    TypeError,
    "a method needs its object; send that as an argument of",
  );
  assertThrows(() => referenceTo(calculator.times.bind(calculator)), TypeError, "what it is bound to does not cross");
});

Deno.test("referenceTo() finds modules that were loaded by a reference", async () => {
  await received({ kind: "export", modules: [TASKS], name: "work", hash: "" });
  const { work, otherName, Task, group, addOne, addTwo, default: unnamed } = tasks;
  for (const callable of [work, otherName, Task, Task.run, group.cube, addOne, addTwo, unnamed]) {
    assertStrictEquals(await received(referenceTo(callable)), callable);
  }
  assertMatch(JSON.stringify(referenceTo(Task.run)), /"name":"Task\.run"/);
});

Deno.test("referenceTo() names built-ins by their path", async () => {
  for (
    const [callable, path] of [[Number, "Number"], [Math.max, "Math.max"], [Deno.readTextFile, "Deno.readTextFile"]]
  ) {
    assertEquals(referenceTo(callable as object), { kind: "global", path: path as string });
    assertStrictEquals(await received(referenceTo(callable as object)), callable);
  }
  for (const path of ["nothing", "Math.__proto__.constructor", "toString", "constructor", "", "Math"]) {
    assertThrows(() => resolveReference({ kind: "global", path }), Error, `Cannot find built-in function "${path}"`);
  }
});

Deno.test("share() makes a function known that is not exported", async () => {
  function unexported(): number {
    return 1;
  }
  share(import.meta, { unexported });
  assert(isVerified(referenceTo(unexported)));
  assertStrictEquals(await received(referenceTo(unexported)), unexported);
  assertThrows(() => share(import.meta, { wrong: 1 as unknown as () => void }), TypeError, 'Cannot share "wrong"');
  assertThrows(() => share({} as ImportMeta, {}), TypeError, "import.meta");
});

Deno.test("ref() takes absolute URLs only", () => {
  for (const module of ["./tasks.ts", "tasks", "", "C:\\tasks.ts"]) {
    assertThrows(() => ref(module), TypeError, 'new URL("./file.ts", import.meta.url)');
  }
  assertThrows(() => ref(TASKS, ""), TypeError, "name must be");
  assertEquals(String(ref(TASKS, "work")), `Ref(work of ${TASKS})`);
  assertEquals(Deno.inspect(ref(new URL(TASKS))), `Ref(default of ${TASKS})`);
});

Deno.test("ref() is found by name, and must be a function", async () => {
  const target: Target<[number], number> = ref<typeof tasks.work>(TASKS, "work");
  assert(target instanceof Ref);
  const reference = referenceTo(target);
  assert(!isVerified(reference));
  assertStrictEquals(await received(reference), tasks.work);
  markVerified(sent(reference));
  assert(isVerified(reference));
  const nothing = referenceTo(ref(TASKS, "hidden"));
  await loadReferences([nothing]);
  assertThrows(
    () => resolveReference(nothing),
    Error,
    `Cannot find function "hidden": ${TASKS} has no function of that name`,
  );
});

Deno.test("Ref keeps the function's type", () => {
  const target: Target<[number], number> = ref<(n: number) => number>(TASKS, "work");
  // @ts-expect-error The function takes a text, not a number.
  const wrong: Target<[number], number> = ref<(n: string) => number>(TASKS, "work");
  assert(target !== wrong);
});

Deno.test("resolveReference() tells why a function was not found", async () => {
  const missing = new URL("no_such_file.ts", TARGETS).href;
  const reference: FunctionReference = { kind: "export", modules: [missing, TASKS], name: "work", hash: "0" };
  assertThrows(() => resolveReference(reference), Error, `${missing} has not been imported`);
  await loadReferences([reference]);
  const error = assertThrows(() => resolveReference(reference), Error);
  assert(error.message.includes(`${missing} cannot be imported (Module not found`), error.message);
  assert(error.message.includes(`${TASKS} has another text under that name`), error.message);
  assertInstanceOf(error.cause, TypeError);
});

Deno.test("resolveReference() does not choose between functions of one text under other names", async () => {
  const { hash } = await exportOf(tasks.addOne);
  assertThrows(
    () => resolveReference({ kind: "export", modules: [TASKS], name: "gone", hash }),
    Error,
    "exports no such",
  );
  assertStrictEquals(resolveReference({ kind: "export", modules: [TASKS], name: "addTwo", hash }), tasks.addTwo);
});

Deno.test("inline() sends text, and the function keeps its name", () => {
  const square = (n: number): number => n * n;
  function* count(): Generator<number> {
    yield 1;
  }
  class Box {
    static readonly size = 3;
  }
  for (const callable of [square, count, Box, class {}, async () => await 1, function () {}, class extends Map {}]) {
    const copy = resolveReference(sent(referenceTo(inline(callable)))) as { name: string };
    assert(copy !== callable);
    assertEquals(copy.name, callable.name);
    assertEquals(String(copy), String(callable));
    assertStrictEquals(resolveReference(sent(referenceTo(inline(callable)))), copy);
  }
  assertEquals((resolveReference(referenceTo(inline(square))) as typeof square)(4), 16);
});

Deno.test("inline() keeps a function strict", () => {
  const self = resolveReference(referenceTo(inline(function (this: unknown) {
    return this;
  }))) as () => unknown;
  assertEquals(self(), undefined);
});

Deno.test("inline() refuses what does not stand alone", () => {
  const object = {
    method(): void {},
    async later(): Promise<void> {},
    get value(): number {
      return 1;
    },
    __proto__: null,
  };
  const getter = Object.getOwnPropertyDescriptor(object, "value")?.get;
  for (const callable of [object.method, object.later, getter, () => import.meta.url]) {
    assert(callable);
    assertThrows(() => inline(callable), TypeError, "does not stand alone");
  }
  for (const callable of [Math.max, double.bind(null, 1)]) {
    assertThrows(() => inline(callable), TypeError, "no source text");
  }
  assertThrows(() => inline({} as () => void), TypeError, "Cannot inline an object");
  assertThrows(() => resolveReference({ kind: "inline", source: "1" }), TypeError, "its text gives a number");
  assertThrows(() => resolveReference({ kind: "inline", source: "}" }), TypeError, "Cannot compile an inline function");
});

Deno.test("noteCaller() names the user's module and leaves Error as it was", () => {
  const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const limit = Error.stackTraceLimit;
  assertEquals(noteCaller(), import.meta.url);
  assertEquals(Error.stackTraceLimit, limit);
  assertEquals(Object.getOwnPropertyDescriptor(Error, "prepareStackTrace"), prepare);
});

Deno.test("functions of a main module whose top level runs or awaits are found by a child", async () => {
  const [running, late, ended] = await answersOf();
  const expected = {
    ...{ inLibrary: 15, inMainFromLibrary: 11, inMain: 11, published: 13, MainClass: "class MainClass", twice: 20 },
    ...{ Unnamed: "class Unnamed", sharedInMain: -6 + 20, byRef: 20, builtin: 10 },
  };
  for (const answers of [late, ended]) assertEquals(await resultsIn(answers), expected);
  const { privateInMain, imported, importedDefault, importedStatic, kept, ...found } = await resultsIn(running);
  assertEquals(found, expected);
  assertMatch(
    String(privateInMain),
    /^TypeError: Cannot find function "privateInMain": .*exports no such function; export it there/,
  );
  for (const refused of [imported, importedDefault, importedStatic, kept]) {
    assertMatch(String(refused), /exports no such function|another text/);
  }
});

Deno.test("a main module may wait for references to its own functions", async () => {
  const lines = (await deno("run", "--no-prompt", new URL("function_ref_echo.ts", TARGETS).href)).trim().split("\n");
  assertEquals(lines, ["sentBefore", "shared", "neverSent", "neverSent"]);
});

Deno.test("what cannot be named in another process is refused where it is sent", async () => {
  const [running, late, ended] = await answersOf();
  assertMatch(String(running["anonymous"]), /it has no name, and file:.* is still being evaluated/);
  assertMatch(String(running["bound"]), /it is bound or a proxy, and file:.* is still being evaluated/);
  for (const name of ["privateInMain", "imported", "importedDefault", "importedStatic", "kept", "anonymous", "bound"]) {
    for (const answers of [late, ended]) {
      assertMatch(
        String(answers[name]),
        /^TypeError: Cannot send function .* it is not exported by the main module \(file:/,
      );
    }
  }
});

for (const flags of [["--allow-sys"], ["-A"]]) {
  Deno.test(`with ${flags} the inspector finds what other modules export`, async () => {
    const answers = await answersOf(...flags);
    for (const [index, phase] of answers.entries()) {
      const results = await resultsIn(phase);
      assertEquals(results["inMain"], 11);
      assertEquals(results["imported"], 20);
      assertEquals(results["importedStatic"], 9);
      if (index < 2) assertEquals(results["importedDefault"], 70);
    }
  });
}

Deno.test("code without a module is refused with that reason", async () => {
  const library = JSON.stringify(new URL("../../src/codec/function_ref.ts", import.meta.url).href);
  const code =
    `import { referenceTo } from ${library}; export function f() {}; try { referenceTo(f) } catch (e) { console.log(e.message) }`;
  assertMatch(
    await deno("eval", code),
    /the main module \(.*eval\.mts, which cannot be imported: Code of the REPL, deno eval/,
  );
});

function hashIn(reference: FunctionReference): string {
  assert(reference.kind === "export");
  assertMatch(reference.hash, /^[0-9a-f]{16}$/);
  return reference.hash;
}

async function exportOf(callable: object): Promise<{ hash: string }> {
  await received({ kind: "export", modules: [TASKS], name: "work", hash: "" });
  return { hash: hashIn(referenceTo(callable)) };
}
