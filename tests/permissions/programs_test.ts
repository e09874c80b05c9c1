import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HANG_MS } from "../helpers/methods.ts";
import { forEachProgramRun, programUrl, runProgram } from "../helpers/program.ts";
import { within } from "../helpers/within.ts";

const NOTHING = states([]);

/** What narrowed_worker.ts prints for a worker that holds some kinds in full. */
function states(granted: readonly string[]): Record<string, string> {
  const kinds = ["read", "write", "net", "env", "run", "ffi", "sys", "import"];
  return Object.fromEntries(kinds.map((kind) => [kind, granted.includes(kind) ? "granted" : "prompt"]));
}

Deno.test("Process.permissions narrow a worker where unstable worker options are told to be on", async () => {
  const flags = ["--unstable-worker-options", "--allow-read", "--allow-net"];
  const { code, stdout, stderr } = await runProgram("narrowed_worker.ts", ["worker"], { flags });
  assertEquals(code, 0, stderr);
  const own = states(["read", "net"]);
  const [parent, ...lines] = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(parent, own);
  assertEquals(lines.slice(0, 3), [own, own, 0], "inherited, with a child of its own");
  assertEquals(lines.slice(3, 5), [NOTHING, 1], "none, which may not read what its child would be");
  assertStringIncludes(String(lines[5]), "NotCapable: Cannot give the worker the whole env permission");
  assertStringIncludes(String(lines[5]), "--allow-env");
  assertEquals(lines.slice(6), [own, own, 0], "some, with a child of its own");
  assertStringIncludes(stderr, "may not read; start it with --allow-read");
});

Deno.test("Process.join() without a port waits for the child, not for who else has its standard error", async () => {
  const outcome = await runProgram("left_behind.ts", ["spawn"], { flags: ["--allow-run"] });
  assertEquals(outcome, { code: 0, signal: null, stdout: "-9 1000\n", stderr: "left\n" });
});

Deno.test("Process without a port goes on, and is joined, where standard error is closed", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", `--allow-run=${Deno.execPath()}`, programUrl("uncaught.ts").href, "spawn"],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stderr.cancel();
  const stdout = await within(HANG_MS, new Response(child.stdout).text());
  assertEquals([stdout, (await child.status).code], ["fail 1\nfailFromTimer 1\nfailUnhandled 1\n", 0]);
});

/** Runs a program in a terminal of its own at which nobody types; what it writes there. */
async function runInTerminal(command: string): Promise<{ code: number; output: string }> {
  const child = new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    env: { NO_COLOR: "1", TERM: "xterm" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    const output = await within(HANG_MS, new Response(child.stdout).text());
    return { code: (await child.status).code, output };
  } finally {
    await child.stdin.close().catch(() => {});
  }
}

const hasTerminal = await new Deno.Command("script", { args: ["--version"], stdout: "null", stderr: "null" }).output()
  .then(({ success }) => success, () => false);
const PROMPT = /Allow\?|requests|┏|\[y\/n/;

Deno.test({
  name: "Process: what a program in a terminal is asked is found by the tests below",
  ignore: !hasTerminal,
  fn: async () => {
    const { output } = await runInTerminal(`${Deno.execPath()} eval --help >/dev/null; test -t 0 && echo terminal`);
    assertStringIncludes(output, "terminal");
  },
});

for (const [method, flag] of [["spawn", "run"], ["forkserver", "run"], ["worker", "read"]] as const) {
  Deno.test({
    name: `Process never has Deno ask for a permission, in a terminal without --no-prompt as well (${method})`,
    ignore: !hasTerminal,
    fn: async () => {
      const list = flag === "run" ? Deno.execPath() : decodeURIComponent(new URL("../../", import.meta.url).pathname);
      const program = programUrl("hello.ts").href;
      const run = (flags: string) => runInTerminal(`${Deno.execPath()} run ${flags} ${program} ${method}`);
      const allowed = await run(`--allow-${flag}=${list}`);
      assert(!PROMPT.test(allowed.output), allowed.output);
      assertStringIncludes(allowed.output, "hello bob");
      assertEquals(allowed.code, 0);
      const refused = await run("");
      assert(!PROMPT.test(refused.output), refused.output);
      assertStringIncludes(refused.output, `--allow-${flag}`);
      assertEquals(refused.code, 1);
    },
  });
}

forEachProgramRun("Process: a program with all permissions gives all of them to its children", async (_, method) => {
  const { code, stdout } = await runProgram("narrowed_worker.ts", [method], {
    flags: ["--allow-all", "--unstable-worker-options"],
  });
  assertEquals(code, 0);
  const all = states(Object.keys(NOTHING));
  const [parent, child, grandchild, exitCode] = stdout.split("\n");
  assertEquals([parent, child, grandchild].map((line) => JSON.parse(line ?? "")), [all, all, all]);
  assertEquals(exitCode, "0");
});
