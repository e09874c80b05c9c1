import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { getAllStartMethods } from "../../mod.ts";
import { HANG_MS, methodsOf } from "../helpers/methods.ts";
import { programUrl, runDeno } from "../helpers/program.ts";
import { within } from "../helpers/within.ts";

const LIBRARY = import.meta.resolve("../../mod.ts");

Deno.test("Process runs functions that a file of `deno bench` exports [CTX-18]", async () => {
  const { code, stdout, stderr } = await runDeno(["bench", "-A", "--no-check", programUrl("timed_bench.ts").href]);
  assertEquals(code, 0, stderr);
  for (const method of getAllStartMethods()) assertStringIncludes(stdout, `hello ${method}\n`);
  assert(!/error/i.test(stdout + stderr), stdout + stderr);
});

Deno.test("Process runs functions that a file of `deno serve` exports [CTX-18]", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["serve", "-A", "--host", "127.0.0.1", "--port", "0", programUrl("served.ts").href],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const lines = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    while (!/127\.0\.0\.1:\d+/.test(text)) {
      const { value, done } = await within(HANG_MS, lines.read());
      assert(!done, text);
      text += value;
    }
    const address = text.match(/127\.0\.0\.1:\d+/)?.[0];
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    for (const method of getAllStartMethods()) {
      const response = await within(HANG_MS, fetch(`http://${address}/${method}`, { client }));
      assertEquals(await response.text(), `hello ${method} 0`);
    }
  } finally {
    child.kill();
    await child.status;
    while (!(await lines.read()).done);
  }
});

for (const method of methodsOf("Process of another subcommand", getAllStartMethods())) {
  const code = `
    import { getContext, ref } from ${JSON.stringify(LIBRARY)};
    const target = ref(new URL(${JSON.stringify(programUrl("hello.ts").href)}), "greet");
    const process = new (getContext(${JSON.stringify(method)}).Process)({ target, args: ["bob"] });
    await process.start();
    await process.join();
    console.log(process.exitCode);
  `;
  Deno.test(`Process of a program that comes by standard input runs what ref() names [CTX-16] (${method})`, async () => {
    const { stdout, stderr } = await runDeno(["run", "-A", "-"], { input: code });
    assertEquals(stdout, "hello bob false\n0\n", stderr);
  });

  Deno.test(`Process of \`deno eval\` runs what ref() names [CTX-16] (${method})`, async () => {
    const { stdout, stderr } = await runDeno(["eval", code]);
    assertEquals(stdout, "hello bob false\n0\n", stderr);
  });
}
