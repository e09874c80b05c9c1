/**
 * Array buffers that leave this process instead of being copied.
 *
 * @module
 */

const NONE: readonly ArrayBuffer[] = [];

/**
 * Refuses what cannot be transferred, before anything is sent.
 *
 * @param transfer As in `structuredClone`.
 * @returns The buffers.
 * @throws {TypeError} If it is no array of array buffers.
 * @throws {RangeError} If a buffer is given twice, or has left already.
 */
export function buffersIn(transfer: unknown): readonly ArrayBuffer[] {
  if (transfer === undefined) return NONE;
  if (!Array.isArray(transfer)) {
    throw new TypeError(`Cannot transfer a ${typeof transfer}: transfer must be an array of array buffers`);
  }
  const buffers = new Set<ArrayBuffer>();
  for (const item of transfer) {
    if (!(item instanceof ArrayBuffer)) {
      throw new TypeError(`Cannot transfer ${Deno.inspect(item, { depth: 0 })}: only array buffers leave a process`);
    }
    if (item.detached) throw new RangeError("Cannot transfer an array buffer: it has left already");
    if (buffers.has(item)) throw new RangeError("Cannot transfer an array buffer: it is given twice");
    buffers.add(item);
  }
  return [...buffers];
}

/** They have been copied: they are empty here from now on, but for memory of WebAssembly, which cannot be taken from it. */
export function leave(buffers: readonly ArrayBuffer[]): void {
  for (const buffer of buffers) {
    if (buffer.detached) continue;
    try {
      buffer.transfer(0);
    } catch {
      // Nothing but this tells of one that stays, and the message is on its way.
    }
  }
}
