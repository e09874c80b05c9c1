import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { activeChildren, type Connection, inline, Pipe, Process, ref } from "../../mod.ts";
import { answerOf } from "../helpers/waiting.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { garbageCollector } from "../helpers/collector.ts";
import { textOf } from "../helpers/text.ts";
import * as targets from "../targets/processes.ts";

/** Exported by the test file itself. */
export async function exportedHere(to: Connection<string>): Promise<void> {
  await to.send("found");
}

forEachStartMethod("Process finds a target that the test file exports [CTX-18]", async (ctx) => {
  assertEquals(await answerOf(ctx, exportedHere), "found");
});

forEachStartMethod("Process finds a target by ref() and by inline() [CTX-18]", async (ctx) => {
  const module = new URL("../targets/processes.ts", import.meta.url);
  const named = ref<typeof targets.writeBoth>(module, "writeBoth");
  const written = inline((text: string) => console.log(`out ${text}`));
  for (const target of [named, written]) {
    const process = new ctx.Process({ target, args: ["there"], stdout: "piped", stderr: "null" });
    await process.start();
    await process.join();
    assertEquals([await textOf(process.stdout), process.exitCode], ["out there\n", 0]);
  }
});

forEachStartMethod(
  "Process.start() refuses a target that is not exported, with the ways to mend it [CTX-19]",
  async (ctx) => {
    const hidden = () => {};
    const process = new ctx.Process({ target: hidden, name: "victim" });
    const error = await assertRejects(() => process.start(), TypeError, 'function "hidden"');
    for (const way of ["export it", "share(import.meta, { hidden })", "ref(", "inline(hidden)"]) {
      assertStringIncludes(error.message, way);
    }
    assertNoChild(process);
  },
);

forEachStartMethod("Process.start() is refused with an error of which not everything can be made here", async (ctx) => {
  const module = new URL("../targets/broken_registration.ts", import.meta.url);
  const process = new ctx.Process({ target: ref<() => void>(module, "neverFound"), stderr: "null" });
  const { cause } = await assertRejects(() => process.start(), TypeError, "the module is broken");
  assertEquals({ ...cause as Error }, { detail: undefined, kept: 2 } as object);
  assertNoChild(process);
});

forEachStartMethod(
  "Process.start() refuses a ref() to what is not there, and leaves no child [CTX-19]",
  async (ctx) => {
    const module = new URL("../targets/processes.ts", import.meta.url);
    for (const target of [ref<() => void>(module, "noSuchThing"), ref<() => void>("file:///no/such/module.ts", "f")]) {
      const process = new ctx.Process({ target, stderr: "null" });
      await assertRejects(
        () => process.start(),
        TypeError,
        target.toString().includes("noSuch") ? "noSuchThing" : "module.ts",
      );
      assertEquals(activeChildren(), []);
      assertEquals(process.isAlive(), false);
      // As if it had never been started.
      assertEquals([process.pid, process.exitCode], [undefined, null]);
      await assertRejects(() => process.start(), TypeError);
    }
  },
);

forEachStartMethod(
  "Process.start() refuses arguments that cannot be sent, and leaves no child [CTX-19]",
  async (ctx) => {
    const [here, there] = Pipe();
    const refused: [unknown, string][] = [
      [{ user: { onClick: () => {} } }, "onClick"],
      [Symbol("s"), "$"],
      [new WeakMap(), "$"],
      [Promise.resolve(), "$"],
    ];
    for (const [value, place] of refused) {
      const process = new ctx.Process<unknown[]>({ target: targets.nothing, args: [there, value] });
      const error = await assertRejects(() => process.start(), TypeError);
      assertStringIncludes(error.message, place);
      assertNoChild(process);
    }
    // The end of the pipe that was to go with them is still here, and works.
    await here.send("still there");
    assertEquals(await there.recv(), "still there");
    here.close();
    there.close();
  },
);

Deno.test("Process refuses what it cannot be made of", () => {
  const wrong: Record<string, unknown>[] = [
    { target: 1 },
    { target: "f" },
    { args: 1 },
    { args: "ab" },
    { kwargs: 1 },
    { kwargs: [1] },
    { permissions: "bogus" },
    { permissions: { bogus: true } },
    { env: { A: 5 } },
    { cwd: 5 },
    { env: "A=1" },
  ];
  for (const init of wrong) {
    const [field] = Object.keys(init);
    assertThrows(() => new Process(init as ConstructorParameters<typeof Process>[0]), TypeError, field);
  }
  assertThrows(() => new Process(null as unknown as ConstructorParameters<typeof Process>[0]), TypeError);
});

forEachStartMethod("Process.start() lets go of target and arguments [PROC-27]", async (ctx) => {
  const collect = await garbageCollector();
  const [held, process] = (() => {
    const args = [{ large: new Uint8Array(1 << 16) }];
    return [new WeakRef(args[0] ?? {}), new ctx.Process<unknown[]>({ target: targets.nothing, args })] as const;
  })();
  await process.start();
  await process.join();
  // A weak reference holds for the rest of its turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve));
  collect();
  assertEquals(held.deref(), undefined);
  assertEquals(process.exitCode, 0);
});

function assertNoChild(process: Process): void {
  assertEquals(activeChildren(), []);
  assertEquals([process.isAlive(), process.pid, process.exitCode], [false, undefined, null]);
}
