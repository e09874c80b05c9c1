/** Children run what setExecutable() named, with what it was told. */
import { setExecutable } from "../../../mod.ts";
import { contextOfArgs } from "./_method.ts";

export function report(): void {
  console.log("child", Deno.env.get("MP_WRAPPED"), typeof Reflect.get(globalThis, "gc"));
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  setExecutable(Deno.args[1] ?? "", { args: ["--v8-flags=--expose-gc"] });
  const process = new ctx.Process({ target: report });
  await process.start();
  await process.join();
  console.log(process.exitCode);
}
