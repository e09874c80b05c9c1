import { assertEquals } from "@std/assert";
import { dropLent, dropLentTo, noteLease } from "../../src/channel/shared_lease.ts";

const CUSTODIAN = [900_001];

Deno.test("A lease is given up once: when it is dropped, when its custodian dies, or at once if it was dropped before", () => {
  const released: string[] = [];
  const lend = (key: string) => noteLease(key, CUSTODIAN, () => released.push(key));
  lend("dropped");
  dropLent("dropped");
  lend("orphaned");
  dropLentTo(CUSTODIAN);
  // What travels by shared memory is faster than the word of it.
  dropLent("overtaken");
  assertEquals(released, ["dropped", "orphaned"]);
  lend("overtaken");
  assertEquals(released, ["dropped", "orphaned", "overtaken"]);
  lend("overtaken");
  assertEquals(released.length, 3);
  dropLent("overtaken");
  assertEquals(released.length, 4);
});

Deno.test("Leases that were dropped and never told of are forgotten in time", () => {
  const released: string[] = [];
  for (let count = 0; count < 1500; count++) dropLent(`unknown ${count}`);
  for (const count of [0, 1499]) noteLease(`unknown ${count}`, CUSTODIAN, () => released.push(`unknown ${count}`));
  assertEquals(released, ["unknown 1499"]);
  dropLentTo(CUSTODIAN);
});
