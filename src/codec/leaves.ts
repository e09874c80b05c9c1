/**
 * Objects with no other value in them.
 *
 * @module
 */

import { copyOf, readResizable, writeBuffer } from "./buffers.ts";
import { makeRegExp } from "./containers.ts";
import { builtIn, timeOf } from "./looks.ts";
import { readAnyText } from "./parts.ts";
import type { Reader } from "./reader.ts";
import { writeText } from "./text.ts";
import { Tag } from "./wire.ts";
import type { Writer } from "./writer.ts";

/** Writes such an object; answers whether it is one. */
export function writeLeaf(writer: Writer, object: object): boolean {
  if (object instanceof ArrayBuffer) {
    writeBuffer(writer, object);
  } else if (object instanceof Date) {
    writer.u8(Tag.DATE);
    writer.f64(timeOf(object));
  } else if (object instanceof RegExp) {
    writer.u8(Tag.REGEXP);
    writeText(writer, builtIn(object, () => object.source));
    writeText(writer, object.flags);
  } else {
    return false;
  }
  return true;
}

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
