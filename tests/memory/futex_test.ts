import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../helpers/program.ts";

Deno.test("processes share no memory where the system cannot wait for it, and are told so; locks work without", async () => {
  // Were such a system's refusals taken for wake-ups, whoever waits would keep a processor busy.
  const { code, stdout, stderr } = await runProgram("old_kernel.ts", []);
  assertEquals([stderr, code], ["", 0]);
  const [held, acquired, ...refused] = stdout.trimEnd().split("\n");
  assertEquals([held, acquired, refused.length], ["held", "true", 2]);
  for (const line of refused) {
    assert(/^NotSupportedError: Cannot .*Linux 5\.16 or later.*futex_waitv.*context "worker"/.test(line), line);
    assert(!line.includes("--allow-ffi"), line);
  }
});
