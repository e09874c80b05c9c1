/** A Worker that rings a bell, each time after the ring before was noticed. */
/// <reference lib="deno.worker" />
import { ring } from "../../src/sync/bell.ts";

interface Order {
  readonly bell: Int32Array;
  /** Set to the number of each ring, and made negative by who noticed it. */
  readonly rings: Int32Array;
  readonly times: number;
}

self.onmessage = ({ data: { bell, rings, times } }: MessageEvent<Order>) => {
  for (let time = 1; time <= times; time++) {
    Atomics.store(rings, 0, time);
    ring(bell);
    while (Atomics.load(rings, 0) === time) Atomics.wait(rings, 0, time);
  }
};
self.postMessage("ready");
