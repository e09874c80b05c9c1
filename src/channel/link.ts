/**
 * The connection between two neighbours in the tree of processes: frames over a byte stream that may come later.
 *
 * A frame of one byte, `CHECK` or `CHECKED`, is between the two ends of the link.
 *
 * @module
 */

import type { Writer } from "../codec/writer.ts";
import type { ByteStream } from "./byte_stream.ts";
import { FrameReader, type FrameReceiver, FrameWriter } from "./frame.ts";

const CHECK = 0xfe; // has all before this been received?
const CHECKED = 0xff; // it has

/** One end of a link. */
export class Link {
  readonly #writer = new FrameWriter();
  #stream: ByteStream | undefined;
  #alive = false;
  #closed = false;
  readonly #onEnd: (() => void)[] = [];
  readonly #checks: (() => void)[] = [];

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
    stream.receive(
      new FrameReader(
        (frame, owned) => frame.length === 1 && this.#answer(frame[0]) || receive(frame, owned),
        () => this.close(),
      ),
    );
  }

  /** Sends a frame; see {@linkcode FrameWriter.append}. */
  send(build: (writer: Writer) => void): Promise<void> | undefined {
    return this.#writer.append(build);
  }

  /**
   * Resolves when the other end has received all frames, or is gone. A process should wait for it before it ends: if it leaves
   * anything unread, TCP drops what it has not yet handed over.
   */
  async drain(): Promise<void> {
    await this.#writer.drain();
    if (this.#closed || this.#stream === undefined || this.synchronous) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#checks.push(resolve);
    this.send((writer) => writer.u8(CHECK))?.catch(resolve);
    await promise;
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
    for (const resolve of this.#checks.splice(0)) resolve();
    for (const callback of this.#onEnd.splice(0)) callback();
  }

  #answer(kind: number | undefined): boolean {
    if (kind === CHECKED) this.#checks.shift()?.();
    else if (kind !== CHECK) return false;
    else {
      this.send((writer) => writer.u8(CHECKED))?.catch(() => {
        // The other end is gone, and does not wait.
      });
    }
    return true;
  }
}
