/**
 * Where a small item is copied to as it is taken off a queue: memory that is used again and again.
 *
 * @module
 */

import { SMALL_BYTES } from "./queue_items.ts";

class SmallItem {
  /** What it is copied to. */
  bytes = new Uint8Array(SMALL_BYTES);
  /** How much was. */
  size = 0;
  #spare: Uint8Array<ArrayBuffer> | undefined;

  /** Has the copy read, which may lead to another. */
  use<R>(read: (bytes: Uint8Array) => R): R {
    const { bytes, size } = this;
    this.bytes = this.#spare ?? new Uint8Array(SMALL_BYTES);
    this.#spare = undefined;
    try {
      return read(bytes.subarray(0, size));
    } finally {
      this.#spare = bytes;
    }
  }
}

/** The one of this thread. */
export const smallItem: SmallItem = new SmallItem();
