import { assert, assertEquals } from "@std/assert";
import { futexes, hasFutexWaitv } from "../../src/memory/futex.ts";
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

Deno.test({
  name: "Futexes.wait() takes any time that a number can say",
  ignore: Deno.build.os !== "linux" || !isGranted("ffi") || !hasFutexWaitv(),
  fn() {
    const { wait } = futexes();
    const word = new Int32Array([7]);
    const address = Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(word)));
    // It is not what is waited with, so nobody sleeps.
    for (const timeout of [0, 1e9, 2 ** 53, 1e22, Number.MAX_VALUE, Infinity]) wait([[address, 8]], timeout);
  },
});

function isGranted(name: "ffi"): boolean {
  return Deno.permissions.querySync({ name }).state === "granted";
}
