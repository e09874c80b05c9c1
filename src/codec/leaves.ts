/**
 * Objects with no other value in them, read.
 *
 * @module
 */

import { copyOf, readResizable } from "./buffers.ts";
import { makeRegExp } from "./containers.ts";
import { readAnyText } from "./parts.ts";
import type { Reader } from "./reader.ts";
import { Tag } from "./wire.ts";

/** What follows the tag of such an object; `undefined` if it is that of another. */
export function readLeaf(tag: number, reader: Reader): object | undefined {
  switch (tag) {
    case Tag.DATE:
      return new Date(reader.f64());
    case Tag.REGEXP:
      return makeRegExp(readAnyText(reader), readAnyText(reader));
    case Tag.BUFFER:
      return copyOf(reader.bytes(reader.varuint()));
    case Tag.RESIZABLE:
      return readResizable(reader);
  }
  return undefined;
}
