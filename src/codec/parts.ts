/**
 * What the parts of a message are read with.
 *
 * @module
 */

import type { Source } from "./handoff.ts";
import { MalformedMessageError } from "../base/errors.ts";
import type { Reader } from "./reader.ts";
import { readShortText, readUtf16, readUtf8 } from "./text.ts";
import { DEEP, FIRST_TAG, SMALL_TEXT, Tag } from "./wire.ts";

/** Each of so many things takes a byte at least. */
export function counted(reader: Reader, count: number): number {
  if (count > reader.remaining) throw malformed(`it announces ${count} items in ${reader.remaining} bytes`);
  return count;
}

/** The error for bytes that are no message, or not quite. */
export function malformed(what: string): MalformedMessageError {
  return new MalformedMessageError(`Cannot decode the message: ${what}`);
}

/** A text with its tag. */
export function readAnyText(reader: Reader): string {
  const tag = reader.u8();
  if (tag >= SMALL_TEXT && tag < FIRST_TAG) return readShortText(reader, tag - SMALL_TEXT);
  if (tag === Tag.UTF8) return readUtf8(reader);
  if (tag === Tag.UTF16) return readUtf16(reader);
  throw malformed(`a text was expected, and there is tag ${tag}`);
}

/** The error for a message that exceeds the source's limit of items. */
export function tooMany({ limits }: Source): RangeError {
  return new RangeError(`Cannot decode the message: it has more than ${limits?.items} items`);
}

/** The error for a message that exceeds the source's limit of depth, or every message's. */
export function tooDeep({ limits }: Source): RangeError {
  return new RangeError(`Cannot decode the message: it is nested deeper than ${limits?.depth ?? DEEP}`);
}
