/**
 * Where a shared object lies, for the module's own use.
 *
 * @module
 */

import type { Block } from "./block.ts";
import type { CType } from "./ctype.ts";

/** Property by which shared objects tell where they lie. */
export const span: unique symbol = Symbol("span");

/** A stretch of a block that is read as a type. It keeps the block. */
export class Span {
  /** Without an offset, from the beginning of the block. */
  constructor(readonly type: CType<unknown>, readonly block: Block, readonly offset: number = 0) {}

  /** Its bytes, over the memory itself. */
  get bytes(): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.block.buffer, this.block.byteOffset + this.offset, this.type.size);
  }
}

/** An object that lies in shared memory. */
export interface Spanned {
  readonly [span]: Span;
}

/** Where an object lies, if it is a shared one (or a structure in memory of its own). */
export function spanOf(object: unknown): Span | undefined {
  return isSpanned(object) ? object[span] : undefined;
}

function isSpanned(object: unknown): object is Spanned {
  return typeof object === "object" && object !== null && span in object;
}
