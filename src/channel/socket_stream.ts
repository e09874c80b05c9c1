/**
 * A byte stream over a connected socket.
 *
 * @module
 */

import type { ByteSink, ByteStream } from "./byte_stream.ts";

/** A connected socket as a byte stream. */
export class SocketStream implements ByteStream {
  readonly synchronous = false;
  readonly #conn: Deno.TcpConn;
  #closed = false;

  /** Takes the socket over; it is closed with the stream. */
  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.unref();
  }

  async receive(sink: ByteSink): Promise<void> {
    try {
      for (;;) {
        const size = await this.#conn.read(sink.room());
        if (size === null) break;
        sink.filled(size);
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
      do rest = rest.subarray(await this.#conn.write(rest)); while (rest.length > 0);
    } catch (cause) {
      if (!isDisconnection(cause)) throw cause;
      throw new Deno.errors.BrokenPipe("Cannot write: the other end is gone", { cause });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  keepAlive(alive: boolean): void {
    if (this.#closed) return;
    if (alive) this.#conn.ref();
    else this.#conn.unref();
  }
}

function isDisconnection(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BrokenPipe;
}
