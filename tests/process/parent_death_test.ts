/** A busy child notices its parent's death by the kernel where it may call native code, and by a thread elsewhere. */
import { assertEquals } from "@std/assert";
import { askForDeathSignal } from "../../src/process/death_signal.ts";
import { HANG_MS, methodsOf } from "../helpers/methods.ts";
import { programUrl } from "../helpers/program.ts";
import { within } from "../helpers/within.ts";

/** Kills a program whose child is busy, and waits until nobody is left to write to its output. */
async function killParent(flags: readonly string[], ...args: string[]): Promise<void> {
  const root = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, programUrl("orphan.ts").href, ...args],
    stdin: "null",
    stdout: "piped",
    // Deno 2.8 lets a process that may run nothing end itself by an error only.
    stderr: "null",
  }).spawn();
  const output = root.stdout.getReader();
  assertEquals((await within(HANG_MS, output.read())).value, new Uint8Array(1));
  root.kill("SIGKILL");
  assertEquals((await within(HANG_MS, output.read())).done, true);
  await root.status;
}

const NARROW = ["--allow-read", "--allow-net", "--allow-run"];

for (const method of methodsOf("Process: a busy child", ["spawn", "forkserver"])) {
  for (const [how, flags] of [["may", ["--allow-ffi"]], ["may not", []]] as const) {
    Deno.test(`Process: a busy child that ${how} call native code ends with its parent [EXIT-07] (${method})`, async () => {
      await killParent([...NARROW, ...flags], method);
    });
  }

  Deno.test(`Process: a busy child that a script launched ends with its parent [EXIT-07] (${method})`, async () => {
    const script = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(script, `#!/bin/sh\n'${Deno.execPath()}' "$@"\nexit $?\n`);
      await Deno.chmod(script, 0o755);
      await killParent([...NARROW, "--allow-ffi"], method, script);
    } finally {
      await Deno.remove(script);
    }
  });
}

Deno.test("askForDeathSignal() says no where native code may not be called", {
  permissions: { ffi: false },
}, () => assertEquals(askForDeathSignal(), false));
