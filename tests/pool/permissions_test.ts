import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { getContext, NotSupportedError } from "../../mod.ts";
import { forEachStartMethod, methodsOf } from "../helpers/methods.ts";
import { upTo } from "../helpers/notes.ts";
import { held, KINDS, nothing } from "../targets/permissions.ts";
import { die, square } from "../targets/pool.ts";

forEachStartMethod("Pool.permissions narrow the workers, who work all the same", async (ctx) => {
  await using pool = new ctx.Pool({ processes: 1, permissions: "none" });
  const states = await pool.apply(held);
  for (const kind of KINDS) assert(!states[kind].startsWith("granted"), `${kind} is ${states[kind]}`);
  // Without native code there is no shared memory, and nothing else is different.
  assertEquals(await pool.map(square, upTo(100), { chunkSize: 1 }), upTo(100).map(square));
  const doomed = pool.applyAsync(die, ["exit 3"]);
  const others = upTo(20).map((x) => pool.applyAsync(square, [x]));
  await assertRejects(() => doomed.get(), Error, "exit code 3");
  assertEquals(await Promise.all(others), upTo(20).map(square));
}, { except: ["worker"] });

for (const method of methodsOf("Pool that this program may not give", ["spawn", "worker"])) {
  Deno.test({
    name: `Pool that this program may not give to its workers what it asks fails with the reason (${method})`,
    permissions: { read: true, run: true, ffi: "inherit", net: true, env: true, sys: true, import: true },
    fn: async () => {
      const { Pool } = getContext(method);
      await using pool = new Pool({ processes: 2, permissions: { read: true, write: true } });
      for (const job of [() => pool.apply(nothing), () => pool.map(square, [1, 2])]) {
        await assertRejects(job, Deno.errors.NotCapable, "write");
      }
      pool.close();
      await pool.join();
    },
  });
}

Deno.test("Pool of workers says what narrower permissions need", async () => {
  await using pool = new (getContext("worker").Pool)({ processes: 1, permissions: "none" });
  const { message } = await assertRejects(() => pool.apply(nothing), NotSupportedError);
  assertStringIncludes(message, "--unstable-worker-options");
});
