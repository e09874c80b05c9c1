import { assertEquals, assertThrows } from "@std/assert";
import { InvalidStateError, Pipe } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { linesOf, textOf } from "../helpers/text.ts";
import * as runtime from "../targets/runtime.ts";
import * as targets from "../targets/processes.ts";

forEachStartMethod("Process.stdout and stderr give what the child writes, each its own", async (ctx) => {
  const process = new ctx.Process({ target: targets.writeBoth, args: ["text"], stdout: "piped", stderr: "piped" });
  await process.start();
  const [stdout, stderr] = await Promise.all([textOf(process.stdout), textOf(process.stderr)]);
  await process.join();
  assertEquals([stdout, stderr], ["out text\n", "err text\n"]);
  assertEquals(process.exitCode, 0);
});

forEachStartMethod("Process.stdout keeps the program alive while it is read, though nobody joins", async (ctx) => {
  const process = new ctx.Process({ target: targets.writeLater, args: ["late"], stdout: "piped" });
  await process.start();
  const reader = process.stdout.getReader({ mode: "byob" });
  const { value } = await reader.read(new Uint8Array(100));
  assertEquals(new TextDecoder().decode(value), "late\n");
  assertEquals((await reader.read(new Uint8Array(1))).done, true);
  await process.join();
  assertEquals(process.exitCode, 0);
});

forEachStartMethod(
  "Process gives up outputs that nobody has read when it is closed, and those that are read when they end",
  async (ctx) => {
    for (const reads of [false, true]) {
      const target = targets.writeBoth;
      await using process = new ctx.Process({ target, args: ["text"], stdout: "piped", stderr: "piped" });
      await process.start();
      if (reads) assertEquals(await textOf(process.stdout), "out text\n");
      await process.join();
    }
  },
);

forEachStartMethod("Process.stdout goes on after a write of nothing", async (ctx) => {
  const process = new ctx.Process({ target: targets.writeNothingFirst, args: ["text"], stdout: "piped" });
  await process.start();
  assertEquals(await textOf(process.stdout), "text");
  await process.join();
});

forEachStartMethod("Process.stdout and stderr give what every method of the console writes", async (ctx) => {
  const process = new ctx.Process({ target: runtime.writeByConsole, stdout: "piped", stderr: "piped" });
  await process.start();
  const [stdout, stderr] = await Promise.all([textOf(process.stdout), textOf(process.stderr)]);
  await process.join();
  assertEquals(linesOf(stdout), [
    "log text { a: 1 }",
    ...["┌───────┬───┐", "│ (idx) │ a │", "├───────┼───┤", "│     0 │ 1 │", "└───────┴───┘"],
    "{ a: [Object] }",
    ...["group", "  within", "  it"],
    ...["counted: 1", "counted: 2"],
  ]);
  assertEquals(stderr, "  warned\nAssertion failed: asserted\n\n");
});

forEachStartMethod("Process.stdout may be read after the end", async (ctx) => {
  const process = new ctx.Process({ target: targets.writeBoth, args: ["text"], stdout: "piped", stderr: "null" });
  await process.start();
  await process.join();
  assertEquals(await textOf(process.stdout), "out text\n");
});

forEachStartMethod("Process runs on when nobody wants its output any more", async (ctx) => {
  const [here, there] = Pipe<string>();
  const process = new ctx.Process({ target: targets.writeTwice, args: [there], stdout: "piped", stderr: "piped" });
  await process.start();
  await Promise.all([process.stdout.cancel(), process.stderr.cancel()]);
  await here.send("write");
  assertEquals(await here.recv(), "written");
  await process.join();
  here.close();
  there.close();
});

forEachStartMethod("Process.stdout gives all of much output", async (ctx) => {
  const process = new ctx.Process({ target: targets.writeMuch, args: [20_000], stdout: "piped" });
  await process.start();
  const [text] = await Promise.all([textOf(process.stdout), process.join()]);
  const lines = linesOf(text);
  assertEquals(lines.length, 20_000);
  assertEquals(lines.at(-1), `line 19999 ${"x".repeat(100)}`);
});

forEachStartMethod("Process.stdout of several children are not mixed", async (ctx) => {
  const processes = ["a", "b", "c"].map((text) =>
    new ctx.Process({ target: targets.writeBoth, args: [text], stdout: "piped", stderr: "piped" })
  );
  await Promise.all(processes.map((process) => process.start()));
  const texts = await Promise.all(processes.flatMap(({ stdout, stderr }) => [textOf(stdout), textOf(stderr)]));
  await Promise.all(processes.map((process) => process.join()));
  assertEquals(texts, ["out a\n", "err a\n", "out b\n", "err b\n", "out c\n", "err c\n"]);
});

forEachStartMethod("Process with outputs that go nowhere runs and exits with 0 [PROC-33]", async (ctx) => {
  const process = new ctx.Process({ target: targets.writeBoth, args: ["lost"], stdout: "null", stderr: "null" });
  await process.start();
  await process.join();
  assertEquals(process.exitCode, 0);
});

forEachStartMethod("Process.stdout that is not piped, or not yet, is refused", async (ctx) => {
  const inherited = new ctx.Process();
  assertThrows(() => inherited.stdout, InvalidStateError, 'stdout: "piped"');
  assertThrows(() => inherited.stderr, InvalidStateError, 'stderr: "piped"');
  const early = new ctx.Process({ stdout: "piped" });
  assertThrows(() => early.stdout, InvalidStateError, "not started");
  const wrong = "file" as "null";
  assertThrows(() => new ctx.Process({ stdout: wrong }), TypeError, "stdout");
  assertThrows(() => new ctx.Process({ stderr: wrong }), TypeError, "stderr");
  await Promise.resolve();
});
