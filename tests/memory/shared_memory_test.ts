import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../src/base/errors.ts";
import { SharedMemory } from "../../src/memory/shared_memory.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { namesIn, runOwner, SHM, whenGone, whenJanitors } from "../helpers/shared_memory.ts";
import { isRunning } from "../helpers/waiting.ts";
import { until } from "../helpers/within.ts";

Deno.test("SharedMemory is made of zeros, with a name of its own, and found by it [SHM-01] [SHM-02]", () => {
  using block = new SharedMemory({ create: true, size: 100_000 });
  assert(/^psm_[0-9a-f]{8}$/.test(block.name), block.name);
  assertEquals([block.size, block.buf.length, block.track], [100_000, 100_000, true]);
  assert(block.buf.every((byte) => byte === 0));
  using same = new SharedMemory({ name: block.name, size: 5 });
  assertEquals([same.size, same.track], [100_000, false]);
  block.buf.set([1, 2, 3], 99_997);
  assertEquals([...same.buf.subarray(99_997)], [1, 2, 3]);
  assertEquals(Atomics.add(same.buf, 0, 5), 0);
  assertEquals(block.buf[0], 5);
  block.unlink();
});

Deno.test("SharedMemory refuses what cannot be [SHM-03]", () => {
  for (const options of [null, "psm_1"]) {
    assertThrows(() => Reflect.construct(SharedMemory, [options]), TypeError, "options must be an object");
  }
  assertThrows(() => new SharedMemory({ create: true, size: -1 }), RangeError, "size is -1");
  assertThrows(() => new SharedMemory({ create: true }), RangeError, "size is 0");
  assertThrows(() => new SharedMemory({ create: true, size: 1.5 }), RangeError);
  assertThrows(() => new SharedMemory({ create: true, size: 2 ** 33 }), RangeError, "4294967296");
  assertThrows(() => new SharedMemory(), TypeError, "no name");
  for (const name of ["a\0b", "", "a/b", "..", "é".repeat(128)]) {
    assertThrows(() => new SharedMemory({ name, create: true, size: 1 }), RangeError, "name");
  }
  assertThrows(() => new SharedMemory({ name: "psm_none_such" }), Deno.errors.NotFound, "psm_none_such");
  using block = new SharedMemory({ create: true, size: 1 });
  assertThrows(() => new SharedMemory({ name: block.name, create: true, size: 1 }), Deno.errors.AlreadyExists);
  block.buf[0] = 9;
  block.unlink();
});

Deno.test("SharedMemory.close() may be repeated, and stale views are harmless [SHM-05]", () => {
  const block = new SharedMemory({ create: true, size: 70_000 });
  const { buf, name } = block;
  buf.fill(7);
  block.close();
  block.close();
  assertEquals([buf[0], buf[69_999], block.name, block.size], [0, 0, name, 70_000]);
  assertThrows(() => block.buf, InvalidStateError, name);
  using again = new SharedMemory({ name });
  assertEquals(again.buf[69_999], 7);
  block.unlink();
});

Deno.test("SharedMemory.unlink() removes the name once; who has it keeps it [SHM-06]", () => {
  using block = new SharedMemory({ create: true, size: 8 });
  using same = new SharedMemory({ name: block.name });
  block.unlink();
  assertThrows(() => block.unlink(), Deno.errors.NotFound, block.name);
  assertThrows(() => new SharedMemory({ name: block.name }), Deno.errors.NotFound);
  block.buf[3] = 3;
  assertEquals(same.buf[3], 3);
});

Deno.test("SharedMemory shows itself as Python's does [SHM-07]", () => {
  using block = new SharedMemory({ create: true, size: 10 });
  assertEquals(String(block), `SharedMemory('${block.name}', size=10)`);
  assertEquals(Deno.inspect(block), String(block));
  assertThrows(() => block.buf.set(new Uint8Array(11)), RangeError);
  block.unlink();
});

for (const name of ["mp test 'é\n*$(x)", "-n"]) {
  Deno.test(`SharedMemory of the odd name ${JSON.stringify(name)} is removed as any other`, async () => {
    using maker = new SharedMemory({ name, create: true, size: 1 });
    maker.track = false;
    const owner = await runOwner("guard", name);
    await owner.end("SIGKILL");
    await whenGone(name);
  });
}

for (const how of ["return", "exit", "error"] as const) {
  Deno.test(`SharedMemory goes with its creator (${how}) [SHM-08] [FIN-01]`, async () => {
    const owner = await runOwner(how);
    const { code, stderr } = await owner.end();
    assertEquals(code, how === "error" ? 1 : 0);
    if (how === "error") assertStringIncludes(stderr, "expected");
    else assertEquals(stderr, "");
    if (how === "error") await whenGone(owner.name);
    else assert(!namesIn(SHM).includes(owner.name), "it is gone before the program is");
  });
}

for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
  Deno.test(`SharedMemory goes with its creator (${signal}), without noise [SHM-08]`, async () => {
    const owner = await runOwner("wait");
    using block = new SharedMemory({ name: owner.name });
    const { stderr } = await owner.end(signal);
    assertEquals(stderr, "");
    await whenGone(owner.name);
    assertEquals(block.buf[0], 1);
  });
}

Deno.test("SharedMemory goes with its creator though what watches over it was killed [SHM-08]", async () => {
  const owner = await runOwner("again");
  const [janitor = 0] = await whenJanitors(owner.pid, 1);
  Deno.kill(janitor, "SIGKILL");
  await until(HANG_MS, () => !isRunning(janitor));
  const other = await owner.again();
  const [next] = await whenJanitors(owner.pid, 1);
  assert(next !== janitor, "one that was killed is replaced");
  await owner.end("SIGKILL");
  for (const name of [owner.name, other]) await whenGone(name);
});

Deno.test("SharedMemory stays when somebody ends who only found it [SHM-09]", async () => {
  using block = new SharedMemory({ create: true, size: 4 });
  for (const how of ["return", "exit", "error"]) await (await runOwner(how, block.name)).end();
  const killed = await runOwner("wait", block.name);
  await killed.end("SIGKILL");
  assertEquals(block.buf[0], 4);
  block.unlink();
});

Deno.test("SharedMemory.track hands a block over [SHM-09]", async () => {
  const first = await runOwner("hand over");
  await first.end();
  const second = await runOwner("owner", first.name);
  assertEquals((await second.end()).code, 0);
  assert(!namesIn(SHM).includes(first.name));
});
