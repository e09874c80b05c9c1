/**
 * Memory of this thread alone, used again and again, to which a large item is copied before it is decoded. Bytes that begin at a
 * multiple of eight are copied out of shared memory several times as fast as those in the middle of an item, and what a decoder
 * copies from there on is fast wherever it begins.
 *
 * @module
 */

/** Larger items are read where they are. */
const MOST_BYTES = 1 << 22;
const LEAST_BYTES = 1 << 16;

let idle: Uint8Array<ArrayBuffer> | undefined;

/** Has a copy of bytes read, which is valid only during the call, and may lead to another. */
export function readCopy<R>(bytes: Uint8Array, read: (bytes: Uint8Array) => R): R {
  if (bytes.length > MOST_BYTES) return read(bytes);
  const memory = idle !== undefined && idle.length >= bytes.length ? idle : new Uint8Array(roomFor(bytes.length));
  idle = undefined;
  try {
    memory.set(bytes);
    return read(memory.subarray(0, bytes.length));
  } finally {
    idle = memory;
  }
}

function roomFor(bytes: number): number {
  return Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
}
