/** The log of whole programs: every line, in order. */
import { assertEquals, assertMatch } from "@std/assert";
import { methodsOf } from "../helpers/methods.ts";
import { forEachProgramRun, runProgram } from "../helpers/program.ts";
import { linesOf } from "../helpers/text.ts";

const INFO_LINES = [
  "[INFO/Process-1] child process calling self.run()",
  "[INFO/Process-1] process shutting down",
  "[INFO/Process-1] process exiting with exitcode 0",
  "[INFO/MainProcess] process shutting down",
];

forEachProgramRun("logToStderr() at INFO shows a child and the main process [LOG-05] [EX-62]", async (run) => {
  const { code, stdout, stderr } = await run("logged.ts", "info");
  assertEquals([code, stdout, linesOf(stderr)], [0, "Doing some work\n", INFO_LINES]);
});

forEachProgramRun(
  "logToStderr() at DEBUG shows the clean-up, and how daemons are ended [LOG-06] [LOG-11] [FIN-08] [EX-61]",
  async (run) => {
    const { code, stderr } = await run("logged.ts", "daemon");
    assertEquals([code, linesOf(stderr)], [0, [
      "[INFO/Process-1] child process calling self.run()",
      "[INFO/Process-1] process shutting down",
      '[DEBUG/Process-1] running all "atexit" finalizers with priority >= 0',
      '[DEBUG/Process-1] running the remaining "atexit" finalizers',
      "[INFO/Process-1] process exiting with exitcode 0",
      "[INFO/Process-2] child process calling self.run()",
      "[INFO/MainProcess] process shutting down",
      '[DEBUG/MainProcess] running all "atexit" finalizers with priority >= 0',
      "[INFO/MainProcess] calling terminate() for daemon Process-2",
      "[INFO/MainProcess] calling join() for process Process-2",
      '[DEBUG/MainProcess] running the remaining "atexit" finalizers',
    ]]);
  },
);

forEachProgramRun("Logger: lines of several processes are not torn [LOG-12]", async (run) => {
  const { code, stderr } = await run("logged.ts", "many");
  const lines = linesOf(stderr);
  assertEquals([code, lines.length], [0, 120]);
  for (const line of lines) assertMatch(line, /^\[WARNING\/Process-[123]\] (a{2000}|b{2000}|c{2000})$/);
});

for (const method of methodsOf("logToStderr() shows a child", ["spawn", "forkserver"])) {
  Deno.test(`logToStderr() shows a child whose messages go through its standard error, too [LOG-05] (${method})`, async () => {
    const flags = ["--allow-read", `--allow-run=${Deno.execPath()}`];
    const { code, stderr } = await runProgram("logged.ts", [method, "info"], { flags });
    assertEquals([code, linesOf(stderr)], [0, INFO_LINES]);
  });
}

Deno.test("Logger without a handler shows warnings as they are; a broken handler harms nobody [LOG-02] [LOG-03] [LOG-04]", async () => {
  const { code, stderr } = await runProgram("logged.ts", ["worker", "handlers"]);
  const [alone, broken, ...rest] = linesOf(stderr).filter((line) => !/^\s+at /.test(line));
  assertEquals([code, alone], [0, "nobody listens"]);
  assertMatch(broken ?? "", /^Logging error: cannot handle \[WARNING\/MainProcess\] lost: RangeError: no room$/);
  assertEquals(rest, ["[WARNING/MainProcess] doomed", "[WARNING/MainProcess] doomed"]);
});
