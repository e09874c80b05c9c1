/**
 * Which kind of object something is, where that takes more than a look at its prototype.
 *
 * @module
 */

const PLATFORM = [
  "SharedArrayBuffer",
  "MessagePort",
  "CryptoKey",
  "Blob",
  "File",
  "ReadableStream",
  "WritableStream",
  "TransformStream",
];

/** Arrays of so many numbers are always listed. */
const LISTED_ARRAY = 64;

/** What the platform may pass on to another thread, and no bytes can say. */
export function isPlatformObject(object: object): boolean {
  const tag: unknown = Reflect.get(object, Symbol.toStringTag);
  return typeof tag === "string" && (PLATFORM.includes(tag) || tag.startsWith("WebAssembly."));
}

/** Plain here or in another realm. */
export function isPlain(object: object, prototype: object | null): boolean {
  if (prototype === null || prototype === Object.prototype) return true;
  if (Object.getPrototypeOf(prototype) !== null || !Object.hasOwn(prototype, "isPrototypeOf")) return false;
  return Object.prototype.toString.call(object) === "[object Object]";
}

/** A primitive in an object. */
export function isBoxed(object: object): boolean {
  return object instanceof Number || object instanceof String || object instanceof Boolean || object instanceof BigInt;
}

/** Nothing but numbers, no holes, and so long that listing its keys, to find further properties, would take longer than writing it. */
export function isNumeric(array: readonly unknown[]): array is readonly number[] {
  if (array.length <= LISTED_ARRAY) return false;
  for (let index = 0; index < array.length; index++) if (typeof array[index] !== "number") return false;
  return true;
}

/** Follows the size of its resizable buffer. */
export function isTracking(view: ArrayBufferView): boolean {
  const { buffer } = view;
  if (!(buffer instanceof ArrayBuffer) || !buffer.resizable) return false;
  if (view.byteOffset + view.byteLength !== buffer.byteLength) return false;
  // Only growing it shows; and back, in the same turn, nobody sees.
  if (buffer.byteLength >= buffer.maxByteLength) return false;
  const { byteLength } = view;
  const before = buffer.byteLength;
  const step = view instanceof DataView ? 1 : Reflect.get(view, "BYTES_PER_ELEMENT");
  if (before + step > buffer.maxByteLength) return false;
  buffer.resize(before + step);
  const tracking = view.byteLength !== byteLength;
  buffer.resize(before);
  return tracking;
}

/** Name of its class, here or in another realm. */
export function kindOf(view: ArrayBufferView): string {
  const kind: unknown = Reflect.get(view, Symbol.toStringTag);
  return typeof kind === "string" ? kind : "Uint8Array";
}
