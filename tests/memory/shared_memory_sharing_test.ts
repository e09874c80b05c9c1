import { assertEquals, assertRejects } from "@std/assert";
import { forEachSharedMemory } from "../helpers/methods.ts";
import { start } from "../helpers/children.ts";
import { writeIntoMemory } from "../targets/surface.ts";

forEachSharedMemory("SharedMemory and ShareableList travel by their name [SHM-04] [SL-07]", async (ctx) => {
  const memory = new ctx.SharedMemory({ create: true, size: 16 });
  const list = new ctx.ShareableList(["before", 1]);
  const process = await start(ctx, writeIntoMemory, memory, list);
  await process.join();
  assertEquals([process.exitCode, memory.buf[3], list.get(0)], [0, 7, "after"]);
  const [here, there] = ctx.Pipe<unknown, Uint8Array>();
  const long = new ctx.ShareableList(Array.from({ length: 1000 }, () => "text"));
  await here.send(list);
  await here.send(long);
  const [short, other] = [await there.recvBytes(), await there.recvBytes()];
  assertEquals(short.length, other.length);
  await here.send(memory);
  memory.unlink();
  memory.close();
  await assertRejects(() => there.recv(), Deno.errors.NotFound);
  for (const { shm } of [list, long]) {
    shm.unlink();
    shm.close();
  }
  here.close();
  there.close();
});
