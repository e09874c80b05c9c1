/**
 * The transport of a connection to a peer outside of the program: a socket with CPython's frames on it.
 *
 * @module
 */

import { suspend, type WaitOptions } from "../base/deadline.ts";
import { EOFError, NotSupportedError, TimeoutError } from "../base/errors.ts";
import { Fifo } from "../base/fifo.ts";
import type { Handoff } from "../codec/handoff.ts";
import type { Writer } from "../codec/writer.ts";
import { type NetworkDecoder, NetworkHandoff } from "./network_codec.ts";
import { NetworkFrames } from "./network_frame.ts";
import { NetworkSender } from "./network_sender.ts";
import type { Transport } from "./transport.ts";
import { sendSmallAtOnce } from "./socket_stream.ts";

// What has arrived takes a turn of the event loop to be seen; who does not want to wait, waits for that.
const GLANCE_MS = 1;

interface Receiver {
  readonly take: (frame: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

/** A connected socket that carries frames. */
export class NetworkTransport implements Transport {
  readonly readable = true;
  readonly writable = true;
  /** In words. */
  readonly peer: string;
  readonly #conn: Deno.Conn;
  readonly #frames: NetworkFrames;
  readonly #sender: NetworkSender;
  readonly #decoder: NetworkDecoder;
  readonly #receivers = new Fifo<Receiver>();
  readonly #watchers = new Set<() => void>();
  #reading = false;
  /** Why nothing more will come; each is thrown once, the last for ever. */
  #ends: [Error, ...Error[]] | undefined;
  #holds = 0;
  #closed = false;

  /**
   * @param conn The socket, which is closed with the transport.
   * @param peer Who is at its other end, in words.
   * @param limit The longest frame that is allowed, in bytes.
   * @param decoder Reads the messages of such a peer.
   */
  constructor(conn: Deno.Conn, peer: string, limit: number, decoder: NetworkDecoder) {
    this.#conn = conn;
    this.peer = peer;
    this.#frames = new NetworkFrames(limit);
    this.#sender = new NetworkSender(conn);
    this.#decoder = decoder;
    if (isTcp(conn)) {
      sendSmallAtOnce(conn);
      noticeLoss(conn);
    }
    conn.unref();
  }

  /** The longest frame that is allowed from now on, in bytes. */
  set limit(bytes: number) {
    this.#frames.limit = bytes;
  }

  handoff(): NetworkHandoff {
    return new NetworkHandoff(this.peer);
  }

  decode(message: Uint8Array): unknown {
    return this.#decoder(message, this.peer);
  }

  send(build: (writer: Writer) => void, _handoff: Handoff, options: WaitOptions): Promise<void> {
    return this.#sender.send(build, options);
  }

  sendSync(): never {
    throw blocked("send");
  }

  receive<T>(consume: (message: Uint8Array) => T, { timeout = Infinity, signal }: WaitOptions): Promise<T> {
    const limits = { timeout: Math.max(timeout, GLANCE_MS), ...signal && { signal } };
    return suspend<T>(limits, (resolve, reject) => {
      const take = (frame: Uint8Array) => {
        try {
          resolve(consume(frame));
        } catch (error) {
          reject(error);
        }
      };
      const receiver = { take, reject };
      this.#receivers.push(receiver);
      this.#hold();
      this.#serve();
      return () => {
        this.#receivers.remove(receiver);
        this.#release();
      };
    }, () => {
      throw new TimeoutError(`Cannot receive: no message came within ${timeout} ms`);
    });
  }

  receiveSync(): never {
    throw blocked("receive");
  }

  ready(): boolean | Promise<boolean> {
    if (this.#frames.ready || this.#ends !== undefined) return true;
    return suspend<boolean>({ timeout: GLANCE_MS }, (resolve) => this.onReady(() => resolve(true)), () => false);
  }

  onReady(wake: () => void): () => void {
    this.#watchers.add(wake);
    this.#hold();
    if (this.#frames.ready || this.#ends !== undefined) wake();
    else this.#serve();
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      this.#watchers.delete(wake);
      this.#release();
    };
  }

  lend(handoff: Handoff): never {
    throw new TypeError(
      `Cannot send a network connection to ${handoff.destination}: its socket belongs to this process; ` +
        "send the address and connect there by Client, or pass its messages on over a Pipe",
    );
  }

  close(reason: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ends = [reason];
    this.#sender.fail(reason);
    // Before 2.9 a read that is under way keeps the socket open, so the peer is told by other means, and the read is not waited for.
    if (this.#reading) this.#conn.closeWrite().catch(() => {});
    this.#conn.unref();
    this.#conn.close();
    this.#serve();
  }

  /** Gives the receivers what is there, and reads on if that is not enough. */
  #serve(): void {
    try {
      while (this.#receivers.first !== undefined && this.#ends === undefined) {
        const frame = this.#frames.next();
        if (frame === undefined) break;
        this.#receivers.shift()?.take(frame);
      }
    } catch (error) {
      // The stream is of no use any more: where the next frame begins is unknown.
      this.#end([error instanceof Error ? error : new Error(String(error))]);
      return;
    }
    if (this.#ends !== undefined) {
      for (const { reject } of this.#receivers.drain()) reject(this.#nextEnd());
    }
    if (this.#ends !== undefined || this.#frames.ready) { for (const wake of [...this.#watchers]) wake(); }
    else if (!this.#reading && (this.#receivers.length > 0 || this.#watchers.size > 0)) this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      const size = await this.#conn.read(this.#frames.room());
      this.#reading = false;
      if (size === null) return this.#end(this.#endOfFile());
      this.#frames.filled(size);
    } catch (cause) {
      this.#reading = false;
      // A reset by a peer that has died, or our own close: in either case nothing more comes.
      return this.#end(this.#endOfFile(cause));
    }
    this.#serve();
  }

  #endOfFile(cause?: unknown): [Error, ...Error[]] {
    const options = cause === undefined ? {} : { cause };
    const end = new EOFError("Cannot receive: the other end is closed and nothing is left", options);
    if (!this.#frames.partial) return [end];
    return [new Deno.errors.UnexpectedEof("Cannot receive: got end of file during message", options), end];
  }

  #end(ends: [Error, ...Error[]]): void {
    this.#ends ??= ends;
    this.#serve();
  }

  #nextEnd(): Error | undefined {
    const [first, ...others] = this.#ends ?? [];
    const [second, ...rest] = others;
    if (second !== undefined) this.#ends = [second, ...rest];
    return first;
  }

  #hold(): void {
    if (++this.#holds === 1 && !this.#closed) this.#conn.ref();
  }

  #release(): void {
    if (--this.#holds === 0 && !this.#closed) this.#conn.unref();
  }
}

/** A host that vanishes says nothing: the system asks now and then. */
function noticeLoss(conn: Deno.TcpConn): void {
  try {
    conn.setKeepAlive(true);
  } catch {
    // It is refused once the peer has gone, which reading tells.
  }
}

function isTcp(conn: Deno.Conn): conn is Deno.TcpConn {
  return "setNoDelay" in conn;
}

function blocked(what: string): NotSupportedError {
  return new NotSupportedError(
    `Cannot ${what} on a network connection and block the thread: its socket needs the event loop; ` +
      `await ${what === "receive" ? "recv" : what === "wait" ? "poll" : what}() instead`,
  );
}
