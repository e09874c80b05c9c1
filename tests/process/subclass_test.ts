import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { activeChildren, Pipe, Process } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { capitalsFor, Labelled, Unsendable } from "../targets/subclasses.ts";

forEachStartMethod("Process subclasses run their run(), and their fields travel [PROC-25]", async (ctx) => {
  const method = ctx.getStartMethod();
  const process = new capitalsFor[method](Pipe<string | null, string>(), "!");
  assertMatch(process.name, new RegExp(`^${method}capitals-\\d+$`, "i"));
  await process.start();
  process.there.close();
  assertEquals([await process.ask("hello"), await process.ask("world")], ["HELLO!", "WORLD!"]);
  await process.stop();
  await process.join();
  assertEquals(process.exitCode, 0);
});

forEachStartMethod("Process subclasses see their own copy of the fields [PROC-25]", async (ctx) => {
  const process = new capitalsFor[ctx.getStartMethod()](Pipe<string | null, string>(), "?");
  await process.start();
  process.mark.text = "changed too late";
  assertEquals(await process.ask("a"), "A?");
  await process.stop();
  await process.join();
  process.there.close();
});

Deno.test("Process subclasses may have a field that is named as an accessor of Process", async () => {
  const [here, there] = Pipe<never, unknown>({ duplex: false });
  const process = new Labelled(there);
  await process.start();
  there.close();
  assertEquals(await here.recv(), "own");
  await process.join();
  here.close();
});

Deno.test("Process subclasses that are not exported are refused at start() [PROC-25]", async () => {
  class Hidden extends Process {
    override run(): void {}
  }
  const error = await assertRejects(() => new Hidden().start(), TypeError, "Hidden");
  for (const way of ["export it", "share(", "ref("]) assert(error.message.includes(way), error.message);
  assertEquals(activeChildren(), []);
});

Deno.test("Process subclasses with a field that cannot be sent are refused at start() [PROC-25] [CTX-19]", async () => {
  // Before the module is known here, only the child can tell; afterwards nothing is launched.
  const first = new Unsendable();
  await assertRejects(() => first.start(), TypeError, "callback");
  assertEquals([activeChildren().length, first.isAlive(), first.pid], [0, false, undefined]);
  const later = new Unsendable();
  await assertRejects(() => later.start(), TypeError, "callback");
  assertEquals([activeChildren().length, later.isAlive(), later.pid], [0, false, undefined]);
});
