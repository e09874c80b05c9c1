/** Names by generation, as PyMOTW's examples print them. */
import { type Connection, Pipe, Process } from "../../../mod.ts";
import { contextOfArgs } from "./_method.ts";

export async function report(to: Connection<string>, depth: number): Promise<void> {
  const ctx = contextOfArgs();
  await to.send(ctx.currentProcess().name);
  for (let child = 0; child < depth; child++) {
    const process = new ctx.Process({ target: report, args: [to, depth - 1] });
    await process.start();
    await process.join();
  }
}

export class Worker extends Process {}

if (import.meta.main) {
  const ctx = contextOfArgs();
  const [here, there] = Pipe<string>();
  const names = [ctx.currentProcess().name];
  const first = new ctx.Process({ name: "named" });
  const second = new ctx.Process({ target: report, args: [there, 2] });
  names.push(first.name, new Worker().name, new Worker().name);
  await second.start();
  there.close();
  for await (const name of here) names.push(name);
  await second.join();
  console.log(names.join(" "));
}
