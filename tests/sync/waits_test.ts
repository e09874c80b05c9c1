import { assertEquals, assertThrows } from "@std/assert";
import { Kind } from "../../src/sync/layout.ts";
import { BarrierWords } from "../../src/sync/barrier_words.ts";
import { LockWords } from "../../src/sync/lock_words.ts";
import { Stage } from "../helpers/crash_stage.ts";

/** Sleep fails from now on. */
function failToSleep(stage: Stage): void {
  stage.world.words.block = () => {
    throw new RangeError("as the system says");
  };
}

Deno.test("Waits.waitSync() that fails waits no more, and is handed nothing", () => {
  using stage = new Stage("signed");
  const [, a, b] = stage.share(Kind.LOCK, LockWords);
  a.acquireSync(0);
  failToSleep(stage);
  assertThrows(() => b.acquireSync(Infinity), RangeError, "as the system says");
  a.release();
  assertEquals([b.locked, b.tryAcquire()], [false, true]);
  stage.examine();
});

Deno.test("Waits.waitSync() that fails says why, though its time is not up", () => {
  using stage = new Stage("signed");
  const [barrier] = stage.share(Kind.BARRIER, BarrierWords);
  barrier.initialize(2);
  failToSleep(stage);
  assertThrows(() => barrier.arriveSync(Infinity), RangeError, "as the system says");
  assertEquals(barrier.broken, true);
});
