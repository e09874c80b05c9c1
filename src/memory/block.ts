/**
 * Blocks of shared memory: where typed values live, and where they are taken from.
 *
 * @module
 */

/** A stretch of shared memory; whoever holds the object keeps the memory. */
export interface Block {
  /** The memory it is in. */
  readonly buffer: SharedArrayBuffer;
  /** Where it begins there, in bytes. */
  readonly byteOffset: number;
  /** Its length in bytes. */
  readonly byteLength: number;
}

/** Gives zeroed blocks, 8-aligned. */
export interface BlockSource {
  allocate(byteLength: number): Block;
}

/** Memory that only the threads of this process can share. */
const ownMemory: BlockSource = {
  allocate: (byteLength) => ({ buffer: new SharedArrayBuffer(byteLength), byteOffset: 0, byteLength }),
};

let chosen: (startMethod: string | undefined) => BlockSource = () => ownMemory;

/** Says where the blocks of each start method come from; `undefined` stands for the default one. */
export function setBlockSource(choose: (startMethod: string | undefined) => BlockSource): void {
  chosen = choose;
}

/** A new block for a value of a type, from where the class of its object takes them. */
export function blockFor(type: { readonly size: number }, cls: { readonly startMethod?: string | undefined }): Block {
  // Sources need not know of blocks without bytes.
  return chosen(cls.startMethod).allocate(Math.max(1, type.size));
}
