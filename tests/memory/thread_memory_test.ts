/** SharedMemory and ShareableList of context worker, where native code may not be called. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Connection,
  getContext,
  InvalidStateError,
  NotSupportedError,
  Pipe,
  type ShareableList,
  type SharedMemory,
} from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";
import { collectGarbage } from "../targets/crashes.ts";
import { useSharedMemory } from "../targets/thread_memory.ts";

const ctx = getContext("worker");

function withoutFfi(name: string, test: () => void | Promise<void>): void {
  const inherit = "inherit" as const;
  Deno.test({
    name,
    permissions: { env: inherit, ffi: false, net: inherit, read: inherit, run: inherit, sys: inherit, write: inherit },
    fn: () => within(HANG_MS, Promise.resolve(test())),
  });
}

withoutFfi("SharedMemory of threads is made of zeros, and found by its name [SHM-01] [SHM-02]", () => {
  using block = new ctx.SharedMemory({ create: true, size: 100_000 });
  assert(/^psm_[0-9a-f]{8}$/.test(block.name), block.name);
  assertEquals([block.size, block.buf.length, block.track], [100_000, 100_000, true]);
  assert(block.buf.every((byte) => byte === 0));
  using same = new ctx.SharedMemory({ name: block.name, size: 5 });
  assertEquals([same.size, same.track], [100_000, false]);
  block.buf.set([1, 2, 3], 99_997);
  assertEquals([...same.buf.subarray(99_997)], [1, 2, 3]);
  block.unlink();
});

withoutFfi("SharedMemory of threads refuses what cannot be [SHM-03]", () => {
  assertThrows(() => new ctx.SharedMemory({ create: true, size: 2 ** 33 }), RangeError, "4294967296");
  for (const name of ["a\0b", "", "a/b", "..", "é".repeat(128)]) {
    assertThrows(() => new ctx.SharedMemory({ name, create: true, size: 1 }), RangeError, "name");
  }
  assertThrows(() => new ctx.SharedMemory({ name: "psm_none" }), Deno.errors.NotFound, "psm_none");
  using block = new ctx.SharedMemory({ create: true, size: 1 });
  assertThrows(() => new ctx.SharedMemory({ name: block.name, create: true, size: 1 }), Deno.errors.AlreadyExists);
  block.unlink();
  assertThrows(() => block.unlink(), Deno.errors.NotFound, block.name);
  assertThrows(() => new ctx.SharedMemory({ name: block.name }), Deno.errors.NotFound);
  assertThrows(() => new (getContext("spawn").SharedMemory)({ create: true, size: 1 }), NotSupportedError, "ffi");
});

withoutFfi("SharedMemory of threads stays until it is unlinked, and its space is used again [SHM-05] [SHM-06]", () => {
  const offsets = new Set<number>();
  for (let round = 0; round < 3; round++) {
    const block = new ctx.SharedMemory({ create: true, size: 70_000 });
    const { buf, name } = block;
    offsets.add(buf.byteOffset);
    assertEquals(buf[69_999], 0);
    buf.fill(7);
    block.close();
    block.close();
    assertThrows(() => block.buf, InvalidStateError, name);
    using again = new ctx.SharedMemory({ name });
    assertEquals(again.buf[69_999], 7);
    block.track = false;
    block.unlink();
  }
  assertEquals(offsets.size, 1);
});

/** Where a segment begins that is made, unlinked, and then done with as said. */
function placeOf(done: (block: SharedMemory) => void): number {
  const block = new ctx.SharedMemory({ create: true, size: 900_000 });
  const { byteOffset } = block.buf;
  block.unlink();
  done(block);
  return byteOffset;
}

withoutFfi("SharedMemory of threads that was unlinked and closed is used again, though it was tracked", () => {
  const places = Array.from({ length: 5 }, () => placeOf((block) => block.close()));
  assertEquals(new Set(places).size, 1);
  const closedFirst = new ctx.SharedMemory({ create: true, size: 900_000 });
  closedFirst.close();
  closedFirst.unlink();
  closedFirst.track = false;
  closedFirst.track = true;
  assertEquals(placeOf((block) => block.close()), places[0]);
});

withoutFfi("SharedMemory of threads that is not closed stays, as there may be views of it", async () => {
  let view: Int32Array = new Int32Array();
  const first = placeOf((block) => view = new Int32Array(block.buf.buffer, block.buf.byteOffset, 1).fill(42));
  await collectGarbage();
  const places = Array.from({ length: 2 }, () => placeOf((block) => block.close()));
  assert(!places.includes(first));
  assertEquals(view[0], 42);
});

withoutFfi(
  "SharedMemory and ShareableList pass between threads, and go with their creator [SHM-08] [SL-06]",
  async () => {
    using block = new ctx.SharedMemory({ create: true, size: 10 });
    const list = new ctx.ShareableList(["a", 1, null]);
    const [queue, [here, there]] = [new ctx.Queue<ShareableList>(), Pipe<string, string>()];
    const child = await start(ctx, useSharedMemory, block, queue, there as Connection<string, string>);
    there.close();
    await queue.put(list);
    const theirs = await here.recv();
    assertEquals([...block.buf.subarray(0, 3), ...list], [1, 2, 3, "b", 2, null]);
    {
      using found = new ctx.SharedMemory({ name: theirs });
      assertEquals(found.buf[0], 9);
    }
    await here.send("end");
    await finish([child]);
    here.close();
    assertThrows(() => new ctx.SharedMemory({ name: theirs }), Deno.errors.NotFound);
    block.unlink();
    list.shm.unlink();
    list.shm.close();
  },
);
