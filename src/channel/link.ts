/**
 * The connection between two neighbours in the tree of processes: frames over a byte stream that may come later.
 *
 * @module
 */

import type { Writer } from "../codec/writer.ts";
import type { ByteStream } from "./byte_stream.ts";
import { FrameReader, type FrameReceiver, FrameWriter } from "./frame.ts";

/** One end of a link. */
export class Link {
  readonly #writer = new FrameWriter();
  #stream: ByteStream | undefined;
  #alive = false;
  #closed = false;
  readonly #onEnd: (() => void)[] = [];

  /** Calls back when no frame will arrive any more, however that came about; at once, also while the thread is blocked. */
  onEnd(callback: () => void): void {
    if (this.#closed) callback();
    else this.#onEnd.push(callback);
  }

  /** Whether this end can be served without the event loop. */
  get synchronous(): boolean {
    return this.#stream?.synchronous === true;
  }

  /** Begins to send and receive over the stream, which the link now owns. */
  open(stream: ByteStream, receive: FrameReceiver): void {
    if (this.#closed) return stream.close();
    this.#stream = stream;
    stream.keepAlive(this.#alive);
    this.#writer.open(stream);
    stream.receive(new FrameReader(receive, () => this.close()));
  }

  /** Sends a frame; see {@linkcode FrameWriter.append}. */
  send(build: (writer: Writer) => void): Promise<void> | undefined {
    return this.#writer.append(build);
  }

  /** How many frames have been sent. */
  get sent(): number {
    return this.#writer.appended;
  }

  /** Whether so many frames are out of this process's hands, or never will be. */
  hasDeparted(count: number): boolean {
    return this.#writer.hasDeparted(count);
  }

  /** Resolves when all that was sent is out of this process's hands, and arrives whatever becomes of it; rejects if the other is gone. */
  drain(): Promise<void> {
    return this.#writer.drain();
  }

  /** Whether waiting for this link keeps the program alive. */
  keepAlive(alive: boolean): void {
    this.#alive = alive;
    if (!this.#closed) this.#stream?.keepAlive(alive);
  }

  /** Ends the link; may be repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#writer.fail(new Deno.errors.BrokenPipe("Cannot send: the other process has ended"));
    this.#stream?.close();
    for (const callback of this.#onEnd.splice(0)) callback();
  }
}
