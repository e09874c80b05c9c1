/** Makes a lock wherever it is imported. */
import { getContext, Lock, setStartMethod, type StartMethod } from "../../../mod.ts";

if (import.meta.main) setStartMethod(Deno.args[0] as StartMethod);
const lock = new Lock();

export async function use(who: string): Promise<void> {
  console.log(who, await lock.acquire({ block: false }));
  await lock.release();
}

if (import.meta.main) {
  const process = new (getContext().Process)({ target: use, args: ["child"] });
  await process.start();
  await process.join();
  await use("main");
}
