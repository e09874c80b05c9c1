/** Serves an object that is in a list for a while, and drops it. */
import { SyncManager } from "../../../mod.ts";

declare const gc: () => void;

let disposed = false;
class Served extends SyncManager {}
Served.register("part", {
  callable: () => ({ hi: () => 1, [Symbol.asyncDispose]: () => Promise.resolve(disposed = true) }),
});

if (import.meta.main) {
  const stop = new AbortController();
  const server = new Served({ authKey: "key" }).getServer();
  const serving = server.serveForever({ signal: stop.signal });
  await using manager = await Served.fromAddress(server.address, "key");
  const list = await manager.list<unknown>();
  await (async () => {
    await using part = await manager.create("part");
    await list.append(part);
  })();
  await list.clear();
  // Each round trip is a turn of the event loop, in which the collector's findings are told.
  for (let round = 0; round < 1000 && !disposed; round++) {
    gc();
    await list.length;
  }
  console.log(disposed ? "disposed" : "kept");
  stop.abort();
  await serving;
}
