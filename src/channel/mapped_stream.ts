/**
 * A byte stream between two processes that share memory: rings, as between threads. Only the ringing differs: whoever runs its event
 * loop is rung by a byte over a socket, whoever blocks its thread by a byte to the pipe that it sleeps on; and nobody who is awake.
 *
 * The memory is a file without a name, which the child opens by way of its parent. It goes with the last of the two.
 *
 * @module
 */

import { closeDescriptor } from "../memory/mapping.ts";
import { type FileReference, openMemoryFile } from "../memory/memory_file.ts";
import { descriptorOf, sendByte } from "../memory/native_socket.ts";
import { openPipe, TO_WRITE } from "../memory/process_pipe.ts";
import { signalUrgent, wakeBy } from "../memory/wake_pipe.ts";
import type { Bell, FarNeighbour } from "../sync/bell.ts";
import type { ByteSink, ByteStream } from "./byte_stream.ts";
import { BLOCK_BYTES, HEADER_WORDS, RingStream } from "./ring_stream.ts";
import { isDisconnection, sendSmallAtOnce, type SocketPair, SocketStream } from "./socket_stream.ts";

/** Words of the header of a direction, of its reader: how it is to be rung, and by what. */
const SLEEPS = 14;
const PROCESS = 15;

/** The reader will look once more of itself, */
const AWAKE = 0;
/** or its event loop has to be told, */
const LISTENS = -1;
// else its thread is blocked, and this is the descriptor of its pipe and one more.

const DOORBELL = new Uint8Array(1);

/** The ends of the rings, by the direction that they write. */
export const PARENT_END = 0;
/** See {@linkcode PARENT_END}. */
export const CHILD_END = 1;

/** The memory of one stream. */
export interface LinkMemory {
  readonly reference: FileReference;
  readonly block: SharedArrayBuffer;
  /** Once: the other has it, or never will. What is mapped stays. */
  release(): void;
}

/** Makes memory, for a child to come. */
export function makeLinkMemory(): LinkMemory {
  const file = openMemoryFile();
  const { descriptor } = file;
  const release = () => closeDescriptor(descriptor);
  return { reference: { pid: Deno.pid, descriptor }, block: file.map(0, BLOCK_BYTES).buffer, release };
}

/**
 * In the child: finds the memory.
 *
 * @throws The error of the system, if it cannot be reached.
 */
export function openLinkMemory(reference: FileReference): SharedArrayBuffer {
  // The descriptor is kept: to give it back would take longer than all else here.
  return openMemoryFile(reference).map(0, BLOCK_BYTES).buffer;
}

/** One end of rings between processes. */
export class MappedStream implements ByteStream, FarNeighbour {
  /** Resolves when the other end can be rung, also by a thread that blocks from then on; or when it never will be. */
  readonly connected: Promise<void>;
  /** Whether the other end is a process that can be signalled. */
  #signals = false;
  /** Whether the other end needs nothing more of this one's event loop. */
  #told = true;
  readonly #ring: RingStream;
  readonly #own: Int32Array;
  readonly #peer: Int32Array;
  readonly #leave: () => void;
  readonly #isChild: boolean;
  #sockets: SocketPair | undefined;
  /** Instead of the rings, where the peer has not found them. */
  #instead: { readonly stream: SocketStream; last: Promise<void> } | undefined;
  #owed = false;
  #stopUrgent: () => void = () => {};
  /** A ring that the runtime may have put off. */
  #unsure: Promise<number> | undefined;
  /** Of the socket that rings, once it was needed; `null` if it is not found. */
  #descriptor: number | null | undefined;
  #blocked = false;
  #alive = false;
  #closed = false;
  #pipe: { readonly of: number; readonly descriptor: number | undefined } | undefined;

  /**
   * @param block The memory.
   * @param direction Which of the two directions this end writes.
   * @param bell The bell of this thread.
   * @param sockets The connection to the other end, once there is one.
   */
  constructor(block: SharedArrayBuffer, direction: 0 | 1, bell: Bell, sockets: Promise<SocketPair>) {
    this.#own = headerOf(block, 1 - direction);
    this.#peer = headerOf(block, direction);
    Atomics.store(this.#own, PROCESS, Deno.pid);
    this.#ring = new RingStream({ block, direction }, bell, () => this.#ringPeer());
    this.#leave = bell.addFar(this);
    this.#isChild = direction === CHILD_END;
    if (this.#isChild) this.#hearUrgent();
    // If nobody comes, what was written is there all the same.
    this.connected = sockets.then((sockets) => this.#connect(sockets), () => this.#ring.peerEnded());
  }

  get synchronous(): boolean {
    return this.#instead === undefined && this.#told;
  }

  /**
   * There is a process at the other end.
   *
   * @param told When it has been told how to begin, if it has not been.
   */
  launched(told?: Promise<void>): void {
    this.#signals = true;
    if (told === undefined) return;
    this.#told = false;
    told.then(() => this.#told = true);
  }

  /** That process has ended: what it left is still delivered. */
  peerEnded(): void {
    this.#signals = false;
    this.#ring.peerEnded();
  }

  receive(sink: ByteSink): void {
    if (this.#instead !== undefined) return void this.#instead.stream.receive(sink);
    this.#ring.receive(sink, () => this.#look());
  }

  write(bytes: Uint8Array, written?: () => void): Promise<void> | undefined {
    const instead = this.#instead;
    if (instead === undefined) return this.#ring.write(bytes, written);
    return instead.last = instead.last.then(() => instead.stream.write(bytes));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#leave();
    this.#stopUrgent();
    this.#ring.close();
    this.#instead?.stream.close();
    for (const conn of this.#conns()) conn.close();
    if (this.#pipe?.descriptor !== undefined) closeDescriptor(this.#pipe.descriptor);
  }

  keepAlive(alive: boolean): void {
    this.#alive = alive;
    if (this.#closed) return;
    this.#instead?.stream.keepAlive(alive);
    for (const conn of this.#conns()) {
      if (alive) conn.ref();
      else conn.unref();
    }
  }

  press(): void {
    if (this.#unsure !== undefined && this.#sockets !== undefined) this.#sendNow(this.#sockets.output);
    this.#unsure = undefined;
  }

  arm(writer: number | undefined): void {
    this.#blocked = writer !== undefined;
    Atomics.store(this.#own, SLEEPS, writer === undefined ? LISTENS : writer + 1);
  }

  hush(): void {
    this.#blocked = true;
    Atomics.store(this.#own, SLEEPS, AWAKE);
  }

  #conns(): Deno.TcpConn[] {
    return this.#sockets === undefined || this.#instead !== undefined
      ? []
      : [this.#sockets.input, this.#sockets.output];
  }

  #connect(sockets: SocketPair): void {
    this.#sockets = sockets;
    if (this.#closed) return this.#conns().forEach((conn) => conn.close());
    if (!sockets.mapped) return this.#moveTo(new SocketStream(sockets));
    sendSmallAtOnce(sockets.output);
    this.keepAlive(this.#alive);
    // A child is to know that from now on it is rung by this.
    if (this.#owed || !this.#isChild) this.#sendByte(sockets);
    this.#hear(sockets.input);
  }

  /** Hears the doorbell until the connection ends, and with it whoever is at the other end. */
  async #hear(input: Deno.TcpConn): Promise<void> {
    for (this.#look(); await hasRung(input); this.#stopUrgent()) this.#look();
    this.#stopUrgent();
    this.#ring.peerEnded();
  }

  #look(): void {
    for (;;) {
      try {
        return this.#rest();
      } catch (error) {
        // A receiver that fails leaves nobody deaf: what is behind is heard as well.
        reportError(error);
      }
    }
  }

  /** In a child, until its parent rings by the connection: one that has blocked since it launched it can only send a signal. */
  #hearUrgent(): void {
    const hear = () => this.#look();
    Deno.addSignalListener("SIGURG", hear);
    this.#stopUrgent = () => {
      this.#stopUrgent = () => {};
      Deno.removeSignalListener("SIGURG", hear);
    };
  }

  /** Takes what is there, and wants to be told of what follows. */
  #rest(): void {
    try {
      this.#ring.answer();
    } finally {
      Atomics.compareExchange(this.#own, SLEEPS, AWAKE, LISTENS);
    }
    // What came before that was known rings nobody.
    this.#ring.answer();
  }

  #ringPeer(): void {
    const state = Atomics.exchange(this.#peer, SLEEPS, AWAKE);
    if (state > 0) this.#wake(state - 1);
    else if (state !== LISTENS) return;
    else if (this.#sockets !== undefined) this.#sendByte(this.#sockets);
    else this.#ringUnconnected();
  }

  /** The connection will tell, once there is one; but this thread may block, which accepts none. */
  #ringUnconnected(): void {
    this.#owed = true;
    // Not whom this process launched, which may be a script; it is known as soon as there is somebody to hear.
    const pid = Atomics.load(this.#peer, PROCESS);
    if (this.#signals && pid !== 0) signalUrgent(pid);
  }

  #sendByte({ output }: SocketPair): void {
    if (this.#closed) return;
    if (this.#blocked && this.#sendNow(output)) return;
    const write = output.write(DOORBELL);
    this.#unsure = write;
    write.catch(() => {
      // It is gone, which reading tells.
    }).then(() => {
      if (this.#unsure === write) this.#unsure = undefined;
    });
  }

  /** Without the event loop, to which a thread that blocks does not come, if that can be. */
  #sendNow(output: Deno.TcpConn): boolean {
    if (this.#descriptor === undefined) this.#descriptor = descriptorOf(output) ?? null;
    if (this.#descriptor === null) return false;
    sendByte(this.#descriptor);
    return true;
  }

  #wake(writer: number): void {
    if (this.#pipe?.of !== writer) {
      this.#pipe = { of: writer, descriptor: openPipe(Atomics.load(this.#peer, PROCESS), writer, TO_WRITE) };
    }
    if (this.#pipe.descriptor !== undefined) wakeBy(this.#pipe.descriptor);
    // This process may have had no descriptors left.
    else this.#pipe = undefined;
  }

  /** The other end has not found the memory: all goes over the connection. */
  #moveTo(stream: SocketStream): void {
    const { unread, sink, told } = this.#ring.surrender();
    this.#leave();
    stream.keepAlive(this.#alive);
    const last = unread.length === 0 ? Promise.resolve() : stream.write(unread);
    last.then(told, () => {
      // It is gone, which reading tells.
    });
    this.#instead = { stream, last: last.catch(() => {}) };
    if (sink !== undefined) stream.receive(sink);
  }
}

const rings = new Uint8Array(64);

/** Resolves when the doorbell was rung, or with false when it will not be any more. */
async function hasRung(input: Deno.TcpConn): Promise<boolean> {
  try {
    return await input.read(rings) !== null;
  } catch (error) {
    // A reset by a peer that was killed, or our own close.
    if (!isDisconnection(error)) reportError(error);
    return false;
  }
}

function headerOf(block: SharedArrayBuffer, direction: number): Int32Array {
  return new Int32Array(block, direction * HEADER_WORDS * 4, HEADER_WORDS);
}
