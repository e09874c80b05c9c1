/**
 * A byte stream that is not connected yet, so that its owner need not wait.
 *
 * @module
 */

import type { ByteSink, ByteStream } from "../channel/byte_stream.ts";

/** A stream that behaves as the one that is awaited will. */
export class PendingStream implements ByteStream {
  readonly synchronous = false;
  /** Resolves with the stream that is awaited. */
  readonly connected: Promise<ByteStream>;
  #stream: ByteStream | undefined;
  #alive = false;
  #closed = false;

  /** @param stream Rejects if there will be none, which is the end of this one. */
  constructor(stream: Promise<ByteStream>) {
    this.connected = stream.then((connected) => {
      this.#stream = connected;
      if (this.#closed) connected.close();
      else connected.keepAlive(this.#alive);
      return connected;
    });
    this.connected.catch(() => {
      // Whoever receives or writes is told.
    });
  }

  receive(sink: ByteSink): void {
    this.connected.then((connected) => connected.receive(sink), () => sink.ended());
  }

  write(bytes: Uint8Array, written?: () => void): Promise<void> | undefined {
    if (this.#stream !== undefined) return this.#stream.write(bytes, written);
    return this.connected.then((connected) => connected.write(bytes, written));
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
  }

  keepAlive(alive: boolean): void {
    this.#alive = alive;
    this.#stream?.keepAlive(alive);
  }
}
