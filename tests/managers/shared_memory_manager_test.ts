import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { getContext, InvalidStateError, RemoteError, type ShareableList } from "../../mod.ts";
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

Deno.test("SharedMemoryManager.ShareableList() has the type that is named, and else that of any item [SHM-11]", async () => {
  await using manager = new (getContext("worker").SharedMemoryManager)();
  await manager.start();
  const named = await manager.ShareableList<number>([1, 2]);
  const expected: ShareableList<number> = await manager.ShareableList([3]);
  const sum: number = named.get(0) + expected.get(0);
  assertEquals(sum, 4);
  const mixed = await manager.ShareableList([1, "two"]);
  mixed.set(0, true);
  assertEquals([...named, ...mixed], [1, 2, true, "two"]);
  // @ts-expect-error an item may be replaced by one of another type, so the items say nothing
  const first: number = mixed.get(0);
  assertEquals<unknown>(first, true);
  // @ts-expect-error text is no number
  await manager.ShareableList<number>(["three"]);
});
