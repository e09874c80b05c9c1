/**
 * What a {@linkcode Connection} needs of the thing that carries its messages.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import type { Handoff } from "../codec/handoff.ts";
import type { Writer } from "../codec/writer.ts";
import type { SyncReadiness } from "./wait.ts";

/** Whole messages in order, both ways. */
export interface Transport {
  readonly readable: boolean;
  readonly writable: boolean;
  /** For errors that refuse a value: where it would have gone. */
  handoff(): Handoff & { abandon(): void };
  /**
   * Sends one message, after those sent before. It waits while too much is on its way; a wait that ends early has sent nothing.
   * If it throws or rejects, the caller abandons the handoff.
   *
   * @param build Writes the message, at once; if it throws, nothing is sent.
   * @param handoff What `build` encodes for; it knows what travels in the message.
   * @returns A promise that resolves when the message is out of this process's hands; `undefined` if it is so already.
   * @throws {Deno.errors.BrokenPipe} If nobody is left to receive it.
   */
  send(build: (writer: Writer) => void, handoff: Handoff, options: WaitOptions): Promise<void> | undefined;
  /** Sends one message, blocking the thread where {@linkcode Transport.send} suspends the caller. */
  sendSync(build: (writer: Writer) => void, handoff: Handoff, timeout: number): void;
  /**
   * Waits for the next message and consumes it. When the other end is gone it rejects with EOFError.
   *
   * @param consume Turns the bytes, valid only during the call, into what the caller gets.
   */
  receive<T>(consume: (message: Uint8Array) => T, options: WaitOptions): Promise<T>;
  /** Reads a message of a peer that is not trusted; absent where all peers are processes of this program. */
  decode?(message: Uint8Array): unknown;
  /** Blocks the thread where {@linkcode Transport.receive} suspends the caller. */
  receiveSync<T>(consume: (message: Uint8Array) => T, timeout: number | undefined): T;
  /** Whether there is something to receive now: a message, or the end. */
  ready(): boolean | Promise<boolean>;
  /** Calls back once there is something to receive, until the returned function is called. */
  onReady(wake: () => void): () => void;
  /** See {@linkcode Readiness.sync}. */
  readonly sync?: SyncReadiness;
  /** What to send so that the other side gets a connection to the same end. */
  lend(handoff: Handoff): unknown;
  /** Gives the end up; may be repeated. Waiting receives and sends reject. */
  close(reason: Error): void;
}
