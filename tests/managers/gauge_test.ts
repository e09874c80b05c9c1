import { assertEquals } from "@std/assert";
import { Gauge } from "../../src/managers/gauge.ts";

Deno.test("Gauge is full until a frame has left, or never will, and then wakes all who wait", async () => {
  const gauge = new Gauge();
  assertEquals(gauge.watch(undefined), undefined);
  const frames: PromiseWithResolvers<void>[] = [];
  while (!gauge.isFull) {
    const frame = Promise.withResolvers<void>();
    frames.push(frame);
    assertEquals(gauge.watch(frame.promise), frame.promise);
  }
  const [first, second, ...rest] = frames;
  const waiting = [gauge.changed(), gauge.changed()];
  first?.resolve();
  await Promise.all(waiting);
  assertEquals(gauge.isFull, false);
  gauge.watch(Promise.withResolvers<void>().promise);
  assertEquals(gauge.isFull, true);
  const again = gauge.changed();
  second?.reject(new Error("broken"));
  await again;
  assertEquals(gauge.isFull, false);
  assertEquals(rest.length > 1, true, "many may wait");
});
