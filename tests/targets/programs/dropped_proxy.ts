/** Drops proxies: one in the middle of a call, then all of them. */
import { contextOfArgs } from "./_method.ts";

declare const gc: () => void;

if (import.meta.main) {
  await using manager = await contextOfArgs().Manager();
  const dict = await manager.dict<string, unknown>();
  const got = await (async () => {
    const queue = await manager.Queue<string>();
    await dict.set("queue", queue);
    return { answer: queue.get() };
  })();
  for (let round = 0; round < 10; round++) {
    gc();
    await dict.size();
  }
  await (async () => {
    const other = await dict.get("queue") as Awaited<ReturnType<typeof manager.Queue>>;
    await other.put("alive");
  })();
  console.log(await got.answer);
  await dict.clear();
  let count = Infinity;
  // Each round trip is a turn of the event loop, in which the collector's findings are told.
  for (let round = 0; round < 1000 && count > 1; round++) {
    gc();
    count = await manager.numberOfObjects();
  }
  console.log(count);
}
