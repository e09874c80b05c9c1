/** How long objects live whose memory a process does not share with those that use them. */
import { assertEquals } from "@std/assert";
import { getContext, Pipe } from "../../mod.ts";
import { threadTerritory } from "../../src/sync/program_memory.ts";
import { inspect } from "../helpers/arena_laws.ts";
import { finish, start } from "../helpers/children.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { until, within } from "../helpers/within.ts";
import { collectGarbage, receiveAndForget } from "../targets/crashes.ts";
import { useLater } from "../targets/surface.ts";

const worker = getContext("worker");

function blocks(): number {
  return inspect(threadTerritory().arena.cells).blocks.size;
}

Deno.test("What arrived in another process lives on when its home has let go of it [MISC-07]", async () => {
  const [here, there] = Pipe<string>();
  const child = await start(getContext("spawn"), useLater, there, new worker.Lock(), new worker.Queue<string>());
  there.close();
  assertEquals(await within(HANG_MS, here.recv()), "runs");
  await collectGarbage();
  await here.send("go on");
  assertEquals(await within(HANG_MS, here.recv()), "still there");
  here.close();
  await finish([child]);
});

Deno.test("What another process has forgotten is given back, however often it arrived there", async () => {
  await collectGarbage();
  const before = blocks();
  const [things, received] = Pipe<object[], string>();
  const child = await start(getContext("spawn"), receiveAndForget, received);
  received.close();
  const lock = new worker.Lock();
  for (let round = 0; round < 3; round++) {
    await things.send([lock, new worker.Event(), lock, new worker.Queue()]);
    assertEquals(await within(HANG_MS, things.recv()), "received 4");
  }
  await things.send([]);
  assertEquals(await within(HANG_MS, things.recv()), "collected");
  await collectGarbage();
  await until(HANG_MS, () => blocks() === before + 1);
  assertEquals([await lock.acquire(), await lock.locked()], [true, true]);
  things.close();
  await finish([child]);
});
