import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { getAllStartMethods } from "../../mod.ts";
import { type Family, processesOf, startFamily } from "../helpers/family.ts";
import { everyMethod, methodsOf } from "../helpers/methods.ts";

/** A child of each kind of work, each with a child of another kind; the grandchildren of workers are of every start method. */
const MEMBERS = {
  spawn: ["spawn:idle/spawn:busy", "spawn:awaiting/spawn:awaiting", "spawn:busy/spawn:idle"],
  forkserver: [
    "forkserver:idle/forkserver:busy",
    "forkserver:awaiting/forkserver:awaiting",
    "forkserver:busy/forkserver:idle",
  ],
  worker: ["worker:idle/spawn:busy", "worker:awaiting/worker:busy", "worker:busy/forkserver:idle"],
  mixed: ["spawn:busy/worker:busy", "forkserver:idle/spawn:busy", "worker:busy/spawn:awaiting"],
} as const;

type Kind = keyof typeof MEMBERS;

const KINDS: readonly Kind[] = everyMethod ? [...getAllStartMethods(), "mixed"] : ["worker", "mixed"];

/** Registers a test for families of each start method and for a mixed one. */
function forEachFamily(name: string, how: string, test: (family: Family, kind: Kind) => Promise<void>): void {
  for (const kind of methodsOf(name, KINDS)) {
    Deno.test(`${name} (${kind})`, async () => {
      await using family = await startFamily(how, ...MEMBERS[kind]);
      assertEquals(family.told.length, 6);
      await test(family, kind);
    });
  }
}

for (const [signal, code] of [["SIGKILL", 137], ["SIGTERM", 143], ["SIGINT", 130]] as const) {
  forEachFamily(
    `Process: ${signal} of the program ends children and grandchildren, busy or not`,
    "wait",
    async (family) => {
      const alive = processesOf(family);
      assert([...family.told].every((pid) => alive.includes(pid)), `${family.told} are not all of ${alive}`);
      family.root.kill(signal);
      assertEquals(await family.assertGone(), { code, signal, stdout: "", stderr: "" });
    },
  );
}

forEachFamily("Process: SIGKILL of a busy program ends children and grandchildren", "busy", async (family) => {
  await family.release();
  family.root.kill("SIGKILL");
  assertEquals(await family.assertGone(), { code: 137, signal: "SIGKILL", stdout: "", stderr: "" });
});

forEachFamily(
  "Process: Deno.exit() in the program ends children and grandchildren with its code",
  "exit",
  async (family) => {
    await family.release();
    assertEquals(await family.assertGone(), { code: 7, signal: null, stdout: "", stderr: "" });
  },
);

forEachFamily("Process: an uncaught error of the program ends children and grandchildren", "throw", async (family) => {
  await family.release();
  const { stderr, ...ending } = await family.assertGone();
  assertEquals(ending, { code: 1, signal: null, stdout: "" });
  assertStringIncludes(stderr, "error: Uncaught");
  // Once in the message and once in the line of the source that is shown; no child says anything.
  assertEquals(stderr.match(/the end/g)?.length, 2, stderr);
  assertEquals(stderr.match(/Process-/g), null, stderr);
});

forEachFamily("Process: Ctrl-C ends the program with 130, and no child writes a word", "wait", async (family) => {
  // What a terminal does: the signal goes to the whole process group in the foreground.
  const { success } = await new Deno.Command("kill", { args: ["-INT", "--", `-${family.root.pid}`] }).output();
  assert(success);
  assertEquals(await family.assertGone(), { code: 130, signal: "SIGINT", stdout: "", stderr: "" });
});

for (const method of methodsOf("Process: the normal end", getAllStartMethods())) {
  Deno.test(`Process: the normal end of the program ends its daemons, busy or not [EXIT-11] [DAEM-03] (${method})`, async () => {
    await using family = await startFamily("return", `${method}:busy`, `${method}:awaiting`, `${method}:idle`);
    await family.release();
    assertEquals(await family.assertGone(), { code: 0, signal: null, stdout: "", stderr: "" });
  });
}

for (
  const [how, signal] of [["wait", "SIGKILL"], ["exit", undefined], ["throw", undefined], [
    "return",
    undefined,
  ]] as const
) {
  Deno.test(`Process: processes that are kept warm end with the program (forkserver, ${how})`, async () => {
    await using family = await startFamily(how, "forkserver:idle");
    const known = [family.root.pid, ...family.told];
    const warm = processesOf(family).filter((pid) => !known.includes(pid));
    assert(warm.length > 0, "no process is kept warm");
    if (signal === undefined) await family.release();
    else family.root.kill(signal);
    await family.assertGone();
  });
}
