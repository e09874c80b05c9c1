/**
 * Buffers and views of them.
 *
 * @module
 */

import { isSecret } from "../base/secrets.ts";
import { builtIn } from "./looks.ts";
import { isTracking, kindOf } from "./kinds.ts";
import { malformed } from "./parts.ts";
import type { Reader } from "./reader.ts";
import { Refusal } from "./refusal.ts";
import { Tag, VIEWS } from "./wire.ts";
import type { Writer } from "./writer.ts";

/** Writes a buffer. */
export function writeBuffer(writer: Writer, buffer: ArrayBuffer): void {
  if (buffer.detached) throw new Refusal("it is a detached ArrayBuffer", buffer);
  writer.u8(buffer.resizable ? Tag.RESIZABLE : Tag.BUFFER);
  writer.varuint(buffer.byteLength);
  if (buffer.resizable) writer.varuint(buffer.maxByteLength);
  writer.bytes(new Uint8Array(buffer));
}

/** Reads what follows the tag RESIZABLE. */
export function readResizable(reader: Reader): ArrayBuffer {
  const size = reader.varuint();
  const maxByteLength = reader.varuint();
  const bytes = reader.bytes(size);
  if (maxByteLength < size) throw malformed("a buffer is larger than it can be");
  try {
    // Only address space is set aside for the rest.
    const buffer = new ArrayBuffer(size, { maxByteLength });
    new Uint8Array(buffer).set(bytes);
    return buffer;
  } catch {
    throw malformed(`a buffer of at most ${maxByteLength} bytes cannot be`);
  }
}

/** Writes what comes before a view's buffer. */
export function writeViewHead(writer: Writer, view: ArrayBufferView): void {
  checkView(view, view.buffer);
  writer.u8(Tag.VIEW);
  writer.u8(VIEWS.indexOf(kindOf(view)));
  writer.varuint(view.byteOffset);
  writer.varuint(isTracking(view) ? 0 : view.byteLength + 1);
}

/** Throws for a view that cannot be sent. */
function checkView(view: ArrayBufferView, buffer: ArrayBufferLike): void {
  if (isSecret(view)) {
    throw new Refusal("it is an authentication key; children inherit theirs, others are given it by hand", view);
  }
  if (buffer instanceof ArrayBuffer && buffer.detached) throw new Refusal("its ArrayBuffer is detached", view);
  if (view instanceof DataView) builtIn(view, () => view.byteLength, "its buffer has become too small for it");
}

/** A view of a kind by its number; a negative length follows that of the buffer. */
export function makeView(kind: number, buffer: unknown, offset: number, length: number): object {
  if (!(buffer instanceof ArrayBuffer || buffer instanceof SharedArrayBuffer)) throw malformed("a view has no buffer");

  const name = VIEWS[kind];
  const View: unknown = name === undefined ? undefined : Reflect.get(globalThis, name);
  if (typeof View !== "function") throw malformed("a kind of view is unknown here");
  const step: unknown = Reflect.get(View, "BYTES_PER_ELEMENT");
  try {
    return Reflect.construct(
      View,
      length < 0 ? [buffer, offset] : [buffer, offset, length / (typeof step === "number" ? step : 1)],
    );
  } catch {
    throw malformed("a view lies outside of its buffer");
  }
}

/** Writes an array of nothing but numbers. */
export function writeNumbers(writer: Writer, numbers: readonly number[]): void {
  writer.u8(Tag.NUMBERS);
  writer.varuint(numbers.length);
  writer.bytes(new Uint8Array(new Float64Array(numbers).buffer));
}

/** Reads so many numbers into an array. */
export function readNumbers(reader: Reader, count: number, array: unknown[]): void {
  const numbers = new Float64Array(copyOf(reader.bytes(count * 8)));
  for (let index = 0; index < count; index++) array.push(numbers[index]);
}

/** In a buffer of its own, of just that size. */
export function copyOf(bytes: Uint8Array): ArrayBuffer {
  // Sooner done than `slice`, which clears the memory first.
  return new Uint8Array(bytes).buffer;
}
