/** Streams and sinks of bytes that a test looks into. */
import type { ByteSink, ByteStream } from "../../src/channel/byte_stream.ts";

/** Keeps all bytes that arrive. */
export class Collector implements ByteSink {
  readonly #room: Uint8Array<ArrayBuffer>;
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];
  readonly #over = Promise.withResolvers<void>();
  /** How many bytes have arrived. */
  size = 0;
  /** How often it was said that nothing more comes. */
  ends = 0;

  /** @param room How many bytes it takes at a time. */
  constructor(room = 1 << 16) {
    this.#room = new Uint8Array(room);
  }

  /** Resolves when nothing more comes. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** All that has arrived. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  room(): Uint8Array {
    return this.#room;
  }

  filled(size: number): void {
    this.#parts.push(this.#room.slice(0, size));
    this.size += size;
  }

  ended(): void {
    this.ends++;
    this.#over.resolve();
  }
}

/** Hands bytes to a sink as a stream does that has `size` of them at a time. */
export function pour(bytes: Uint8Array, sink: ByteSink, size = bytes.length): void {
  for (let rest = bytes; rest.length > 0;) {
    const room = sink.room();
    if (room.length === 0) {
      throw new Error("Cannot pour: the sink has no room, and would never be given anything again");
    }
    const part = rest.subarray(0, Math.min(size, room.length));
    room.set(part);
    sink.filled(part.length);
    rest = rest.subarray(part.length);
  }
}

/** Keeps each write, and finishes it when the test says so. */
export class RecordingStream implements ByteStream {
  readonly synchronous = false;
  readonly writes: Uint8Array<ArrayBuffer>[] = [];
  #pending: PromiseWithResolvers<void> | undefined;
  #written: (() => void) | undefined;
  readonly #immediate: boolean;

  /** @param immediate Whether writes are finished at once. */
  constructor(immediate = false) {
    this.#immediate = immediate;
  }

  receive(): void {}

  write(bytes: Uint8Array, written?: () => void): Promise<void> | undefined {
    this.#written = written;
    if (this.#pending !== undefined) throw new Error("Cannot write: a write is under way");
    this.writes.push(bytes.slice());
    if (this.#immediate) return undefined;
    this.#pending = Promise.withResolvers();
    return this.#pending.promise;
  }

  /** Finishes the write that is under way. */
  finish(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve();
  }

  /** Finishes the write that is under way, as while the thread is blocked. */
  finishAtOnce(): void {
    this.finish();
    this.#written?.();
  }

  /** Fails the write that is under way. */
  fail(reason: unknown): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.reject(reason);
  }

  close(): void {}

  keepAlive(): void {}
}
