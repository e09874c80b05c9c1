/**
 * Bytes in order between two neighbouring processes: what a link needs of a socket, of shared memory, or of pipes.
 *
 * @module
 */

/** Where a stream puts what it receives. */
export interface ByteSink {
  /** Where the next bytes go; never empty. */
  room(): Uint8Array;
  /** So many bytes were put there. */
  filled(size: number): void;
  /** Nothing more comes: the other end is gone, however it went, or this one was closed. Called once. */
  ended(): void;
}

/** One end of a two-way stream of bytes. */
export interface ByteStream {
  /** Whether bytes also arrive while the thread is blocked on its bell, as the `Sync` twins need. */
  readonly synchronous: boolean;
  /** Begins to deliver, after the call: whoever makes a link has nothing of it to deal with before it has the link. Called once. */
  receive(sink: ByteSink): void;
  /**
   * Hands all of the bytes over. They may be read until the returned promise settles, and are out of this process's hands
   * when it resolves: they arrive even if this process is killed then. `undefined` says that this is the case already.
   * It rejects when the other end is gone. One write at a time.
   *
   * @param written Called when the promise is about to resolve, where that comes about while the thread is blocked.
   */
  write(bytes: Uint8Array, written?: () => void): Promise<void> | undefined;
  /** Lets go of what the stream holds; may be repeated. */
  close(): void;
  /** Whether the stream keeps the program alive. It starts as not doing so. */
  keepAlive(alive: boolean): void;
}
