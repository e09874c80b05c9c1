import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError, RemoteError } from "../../mod.ts";
import { forEachSharedMemory } from "../helpers/methods.ts";

forEachSharedMemory("SharedMemoryManager: its blocks end with it [SHM-10] [SHM-11]", async (ctx) => {
  const manager = new ctx.SharedMemoryManager();
  await assertRejects(() => manager.SharedMemory(8), InvalidStateError, "server not yet started");
  await manager.start();
  const block = await manager.SharedMemory(16);
  const list = await manager.ShareableList([1, "two", 3.5]);
  block.buf[0] = 7;
  {
    using same = new ctx.SharedMemory({ name: block.name });
    assertEquals([same.buf[0], block.size, [...list]], [7, 16, [1, "two", 3.5]]);
  }
  await assertRejects(() => manager.SharedMemory(-1), RangeError);
  await assertRejects(() => manager.create("list"), RemoteError, "it is not registered");
  await manager.shutdown();
  for (const name of [block.name, list.shm.name]) {
    assertThrows(() => new ctx.SharedMemory({ name }), Deno.errors.NotFound);
  }
  block.close();
  list.shm.close();
});
