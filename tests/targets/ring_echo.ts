/** A Worker that sends back all that comes over its end of the rings. */
/// <reference lib="deno.worker" />
import type { ByteSink } from "../../src/channel/byte_stream.ts";
import { type RingEnd, RingStream } from "../../src/channel/ring_stream.ts";
import { Bell, ring } from "../../src/sync/bell.ts";

const bell = new Bell();

class Echo implements ByteSink {
  readonly #stream: RingStream;
  readonly #room = new Uint8Array(10_007);
  readonly #parts: Uint8Array[] = [];
  #writing = false;

  constructor(stream: RingStream) {
    this.#stream = stream;
  }

  room(): Uint8Array {
    return this.#room;
  }

  filled(size: number): void {
    this.#parts.push(this.#room.slice(0, size));
    this.#write();
  }

  ended(): void {
    this.#stream.close();
    self.postMessage("ended");
  }

  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    for (let part = this.#parts.shift(); part !== undefined; part = this.#parts.shift()) await this.#stream.write(part);
    this.#writing = false;
  }
}

self.onmessage = ({ data: { end, peer } }: MessageEvent<{ end: RingEnd; peer: Int32Array }>) => {
  const stream = new RingStream(end, bell, () => ring(peer));
  stream.receive(new Echo(stream));
};
self.postMessage(bell.words);
