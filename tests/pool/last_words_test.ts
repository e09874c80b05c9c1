import { assertEquals } from "@std/assert";
import { LastWords } from "../../src/pool/last_words.ts";
import { writeToInput } from "../../src/memory/child_input.ts";
import { isMappable } from "../../src/memory/memory_file.ts";

/** Without a turn of the event loop. */
function waitUntilDead(pid: number): void {
  while (!/\) Z /.test(Deno.readTextFileSync(`/proc/${pid}/stat`)));
}

Deno.test({
  name: "LastWords are those too of a process that ended before the thread blocked [POOL-37]",
  ignore: !isMappable(),
  fn: async () => {
    const command = new Deno.Command("sh", {
      args: ["-c", "read line; echo last $line >&2"],
      stdin: "piped",
      stderr: "piped",
    });
    await using child = command.spawn();
    const lastWords = new LastWords();
    lastWords.watchWhileBlocked(child.pid);
    writeToInput(child.pid, new TextEncoder().encode("words\n"));
    waitUntilDead(child.pid);
    lastWords.deafen();
    assertEquals(lastWords.text, "last words");
    await Promise.all([child.stdin.close(), child.stderr.cancel()]);
  },
});
