import { assert, assertEquals, assertThrows } from "@std/assert";
import { posixShm } from "../../src/memory/posix_shm.ts";
import { namesIn, SHM } from "../helpers/shared_memory.ts";

Deno.test("Segments of all sizes around a page are whole, and what lies behind them can be touched", () => {
  for (const size of [1, 4095, 4096, 4097, 65535, 65536, 65537, 200_000]) {
    const segment = posixShm.create(undefined, size, true);
    const same = posixShm.open(segment.name, false);
    const bytes = new Uint8Array(segment.buffer);
    bytes.fill(1);
    assertEquals(same.size, size);
    assertEquals(new Uint8Array(same.buffer, 0, size).findIndex((byte) => byte !== 1), -1);
    assert(new Uint8Array(same.buffer).length % 65536 === 0);
    posixShm.unlink(segment.name);
    segment.close();
    same.close();
  }
});

Deno.test("Segments that fail to be made leave no name behind", () => {
  const before = namesIn(SHM);
  const segment = posixShm.create(undefined, 1, true);
  assertThrows(() => posixShm.create(segment.name, 1, true), Deno.errors.AlreadyExists);
  posixShm.unlink(segment.name);
  segment.close();
  assertEquals(namesIn(SHM).filter((name) => name.startsWith(".mp-") && !before.includes(name)), []);
});

Deno.test("Segments that are too large to be mapped are refused", () => {
  assertThrows(() => posixShm.create(undefined, 2 ** 32 + 1, true), RangeError, "at most");
});
