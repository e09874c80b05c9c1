import { assert, assertEquals } from "@std/assert";
import {
  CHILD_END,
  makeLinkMemory,
  MappedStream,
  openLinkMemory,
  PARENT_END,
} from "../../src/channel/mapped_stream.ts";
import { RING_BYTES } from "../../src/channel/ring_stream.ts";
import { type SocketPair, SocketStream } from "../../src/channel/socket_stream.ts";
import { isMappable } from "../../src/memory/memory_file.ts";
import { Bell } from "../../src/sync/bell.ts";
import { Collector } from "../helpers/byte_sinks.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { Random } from "../helpers/random.ts";
import { readsSettleAtOnce } from "../helpers/reads.ts";
import { until, within } from "../helpers/within.ts";

/** Two connections, one a direction, as a parent and a child have them. */
async function connect(): Promise<[here: Omit<SocketPair, "mapped">, there: Omit<SocketPair, "mapped">]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const ends = [];
  for (let direction = 0; direction < 2; direction++) {
    const [accepted, connected] = await Promise.all([
      listener.accept(),
      Deno.connect({ hostname: "127.0.0.1", port }),
    ]);
    ends.push({ accepted, connected });
  }
  const [up, down] = ends;
  if (up === undefined || down === undefined) throw new Error("Cannot connect: there are too few sockets");
  return [{ input: up.accepted, output: down.accepted }, { input: down.connected, output: up.connected }];
}

function randomBytes(random: Random, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => random.below(256));
}

const ignore = !isMappable();
const sanitizeOps = readsSettleAtOnce;

Deno.test(
  { name: "MappedStream carries bytes both ways, also those from before it was connected", ignore, sanitizeOps },
  async () => {
    const memory = makeLinkMemory();
    const [here, there] = [Promise.withResolvers<SocketPair>(), Promise.withResolvers<SocketPair>()];
    const parent = new MappedStream(memory.block, PARENT_END, new Bell(), here.promise);
    const child = new MappedStream(openLinkMemory(memory.reference), CHILD_END, new Bell(), there.promise);
    memory.release();
    const [atParent, atChild] = [new Collector(), new Collector()];
    parent.receive(atParent);
    child.receive(atChild);
    parent.keepAlive(true);
    const random = new Random(1);
    const early = randomBytes(random, 1000);
    const large = randomBytes(random, 3 * RING_BYTES + 5);
    await child.write(early);
    const written = parent.write(large);
    const [own, other] = await connect();
    here.resolve({ ...own, mapped: true });
    there.resolve({ ...other, mapped: true });
    await within(HANG_MS, Promise.resolve(written));
    await until(HANG_MS, () => atChild.size === large.length && atParent.size === early.length);
    assertEquals([atChild.bytes, atParent.bytes], [large, early]);
    child.close();
    await within(HANG_MS, atParent.over);
    parent.close();
  },
);

Deno.test(
  { name: "MappedStream moves to the connection where the other end has not found the memory", ignore, sanitizeOps },
  async () => {
    for (const size of [0, 7, RING_BYTES, 2 * RING_BYTES + 3]) {
      const memory = makeLinkMemory();
      const sockets = Promise.withResolvers<SocketPair>();
      const parent = new MappedStream(memory.block, PARENT_END, new Bell(), sockets.promise);
      memory.release();
      const [atParent, atChild] = [new Collector(), new Collector()];
      parent.receive(atParent);
      parent.keepAlive(true);
      const early = randomBytes(new Random(size), size);
      const writing = size === 0 ? undefined : parent.write(early);
      const [own, other] = await connect();
      sockets.resolve({ ...own, mapped: false });
      const child = new SocketStream({ ...other, mapped: false });
      child.receive(atChild);
      child.keepAlive(true);
      await within(HANG_MS, Promise.resolve(writing));
      await parent.write(new Uint8Array([1, 2, 3]));
      await child.write(new Uint8Array([4, 5]));
      await until(HANG_MS, () => atChild.size === size + 3 && atParent.size === 2);
      assertEquals(atChild.bytes, new Uint8Array([...early, 1, 2, 3]));
      assertEquals([atParent.bytes, parent.synchronous], [new Uint8Array([4, 5]), false]);
      child.close();
      await within(HANG_MS, atParent.over);
      parent.close();
    }
  },
);

Deno.test(
  { name: "MappedStream delivers what a child wrote that ended before it was accepted", ignore, sanitizeOps },
  async () => {
    const memory = makeLinkMemory();
    const sockets = Promise.withResolvers<SocketPair>();
    const parent = new MappedStream(memory.block, PARENT_END, new Bell(), sockets.promise);
    const atParent = new Collector();
    parent.receive(atParent);
    const child = new MappedStream(openLinkMemory(memory.reference), CHILD_END, new Bell(), new Promise(() => {}));
    memory.release();
    await child.write(new Uint8Array([1, 2, 3]));
    sockets.reject(new Deno.errors.ConnectionAborted("Cannot connect: the child has ended"));
    await within(HANG_MS, atParent.over);
    assertEquals(atParent.bytes, new Uint8Array([1, 2, 3]));
    parent.close();
    child.close();
  },
);

Deno.test({
  name:
    "MappedStream delivers what was written before it began to receive, not within the call but to a thread that blocks",
  ignore,
  sanitizeOps,
}, () => {
  const memory = makeLinkMemory();
  const bell = new Bell();
  const child = new MappedStream(openLinkMemory(memory.reference), CHILD_END, new Bell(), new Promise(() => {}));
  assertEquals(child.write(new Uint8Array([1, 2, 3])), undefined);
  const parent = new MappedStream(memory.block, PARENT_END, bell, new Promise(() => {}));
  memory.release();
  const atParent = new Collector();
  parent.receive(atParent);
  assertEquals(atParent.size, 0);
  assert(bell.waitSync(() => atParent.size === 3, HANG_MS));
  bell.close();
  child.close();
  parent.close();
});

Deno.test({ name: "MappedStream hears on after its receiver has failed", ignore, sanitizeOps }, async () => {
  const memory = makeLinkMemory();
  const [own, other] = await connect();
  const parent = new MappedStream(memory.block, PARENT_END, new Bell(), Promise.resolve({ ...own, mapped: true }));
  const block = openLinkMemory(memory.reference);
  const child = new MappedStream(block, CHILD_END, new Bell(), Promise.resolve({ ...other, mapped: true }));
  memory.release();
  await Promise.all([parent.connected, child.connected]);
  const errors: string[] = [];
  const report = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error.message);
  };
  globalThis.addEventListener("error", report);
  const heard = Promise.withResolvers<void>();
  let bytes = 0;
  parent.receive({
    room: () => new Uint8Array(1),
    filled() {
      if (++bytes === 2) throw new RangeError("as told");
      if (bytes === 4) heard.resolve();
    },
    ended: () => {},
  });
  parent.keepAlive(true);
  await child.write(new Uint8Array(3));
  await child.write(new Uint8Array(1));
  await within(HANG_MS, heard.promise);
  globalThis.removeEventListener("error", report);
  assertEquals(errors, ["as told"]);
  child.close();
  parent.close();
});

Deno.test(
  {
    name: "MappedStream is rung by nobody while its thread looks for itself, and again after that",
    ignore,
    sanitizeOps,
  },
  async () => {
    const memory = makeLinkMemory();
    const [own, other] = await connect();
    const bell = new Bell();
    const parent = new MappedStream(memory.block, PARENT_END, new Bell(), Promise.resolve({ ...own, mapped: true }));
    const block = openLinkMemory(memory.reference);
    const child = new MappedStream(block, CHILD_END, bell, Promise.resolve({ ...other, mapped: true }));
    memory.release();
    const [atParent, atChild] = [new Collector(), new Collector()];
    parent.receive(atParent);
    child.receive(atChild);
    parent.keepAlive(true);
    await Promise.all([parent.connected, child.connected]);
    await parent.write(new Uint8Array(1));
    await until(HANG_MS, () => atChild.size === 1);
    child.hush();
    await parent.write(new Uint8Array(2));
    // What is sent the other way meanwhile arrives.
    await child.write(new Uint8Array(5));
    await until(HANG_MS, () => atParent.size === 5);
    assertEquals(atChild.size, 1);
    child.arm(undefined);
    bell.answer();
    assertEquals(atChild.size, 3);
    await parent.write(new Uint8Array(4));
    await until(HANG_MS, () => atChild.size === 7);
    child.close();
    await within(HANG_MS, atParent.over);
    parent.close();
  },
);
