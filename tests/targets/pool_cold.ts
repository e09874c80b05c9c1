/** A program that blocks for a pool that has not launched a worker, and says why it cannot. */
import { square } from "./pool.ts";
import { contextOfArgs } from "./programs/_method.ts";

if (import.meta.main) {
  const { Pool } = contextOfArgs();
  await using pool = new Pool(1);
  const calls = [
    () => pool.applySync(square, [3]),
    () => pool.mapSync(square, [3]),
    () => pool.starmapSync(square, [[3]]),
    () => pool.applyAsync(square, [3], { callback: async () => await undefined }).getSync(),
    () => pool.imap(square, [3]).nextSync(),
    () => pool.terminateSync(),
  ];
  for (const call of calls) {
    try {
      call();
      console.log("done");
    } catch (error) {
      console.log(String(error));
    }
  }
}
