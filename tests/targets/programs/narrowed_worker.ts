/** Workers with permissions of their own; the program runs with unstable worker options, and says so. */
import { Pipe, type ProcessPermissions, setExecutable } from "../../../mod.ts";
import { held, sendHeld } from "../permissions.ts";
import { contextOfArgs } from "./_method.ts";

export { sendHeld };

if (import.meta.main) {
  const ctx = contextOfArgs();
  setExecutable(Deno.execPath(), { args: ["--unstable-worker-options"] });
  const all: ProcessPermissions[] = ["inherit", "none", { env: true }, { net: true, read: "inherit" }];
  console.log(JSON.stringify(held()));
  for (const permissions of all) {
    const [here, there] = Pipe();
    const process = new ctx.Process<unknown[]>({ target: sendHeld as never, args: [there, 1], permissions });
    try {
      await process.start();
    } catch (error) {
      console.log(JSON.stringify(String(error)));
      continue;
    }
    there.close();
    for await (const states of here) console.log(JSON.stringify(states));
    await process.join();
    console.log(process.exitCode);
  }
}
