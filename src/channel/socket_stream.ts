/**
 * A byte stream over two connected sockets, one a direction. A process that ends with something unread resets that connection, and
 * its system drops what it has not yet handed over on the same one; the other connection ends in good order, with all that was
 * written (RFC 9293, 3.10.4, and Linux' tcp_close).
 *
 * @module
 */

import type { ByteSink, ByteStream } from "./byte_stream.ts";

/** Two connected sockets. */
export interface SocketPair {
  /** Is read, and nobody writes to it at this end. */
  readonly input: Deno.TcpConn;
  /** Is written to, and nobody reads from it at this end. */
  readonly output: Deno.TcpConn;
  /** Whether the other end has found the memory that it was told of, so that these carry nothing but rings. */
  readonly mapped: boolean;
}

/** Two connected sockets as a byte stream. */
export class SocketStream implements ByteStream {
  readonly synchronous = false;
  readonly #input: Deno.TcpConn;
  readonly #output: Deno.TcpConn;
  #closed = false;

  /** Takes the sockets over; they are closed with the stream. */
  constructor({ input, output }: SocketPair) {
    this.#input = input;
    this.#output = output;
    sendSmallAtOnce(output);
    this.keepAlive(false);
  }

  async receive(sink: ByteSink): Promise<void> {
    try {
      for (;;) {
        const size = await this.#input.read(sink.room());
        if (size === null) break;
        fill(sink, size);
      }
    } catch (error) {
      // A reset by a peer that was killed, or our own close: in either case nothing more comes.
      if (!isDisconnection(error)) reportError(error);
    }
    sink.ended();
  }

  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    try {
      do rest = rest.subarray(await this.#output.write(rest)); while (rest.length > 0);
    } catch (cause) {
      if (!isDisconnection(cause)) throw cause;
      throw new Deno.errors.BrokenPipe("Cannot write: the other end is gone", { cause });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.close();
    this.#output.close();
  }

  keepAlive(alive: boolean): void {
    if (this.#closed) return;
    for (const conn of [this.#input, this.#output]) {
      if (alive) conn.ref();
      else conn.unref();
    }
  }
}

/** A receiver that fails leaves nobody deaf: what is behind is heard as well. */
export function fill(sink: ByteSink, size: number): void {
  try {
    sink.filled(size);
  } catch (error) {
    reportError(error);
  }
}

/** Small messages are not to wait for the answer to those before. */
export function sendSmallAtOnce(conn: Deno.TcpConn): void {
  try {
    conn.setNoDelay(true);
  } catch {
    // macOS refuses it once the peer has gone, which reading tells.
  }
}

/** Whether it says that the other end is gone, or that this one was closed. */
export function isDisconnection(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BrokenPipe;
}
