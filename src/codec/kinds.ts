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

const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;

const BOXES = [Number, String, Boolean, BigInt];

/** Arrays of so many numbers are always listed. */
const LISTED_ARRAY = 64;
/** Counting the keys of longer ones takes longer than showing them. */
const COUNTED_ARRAY = 512;
/** How an array without further properties is shown. */
let bare: string | undefined;

/** What the platform may pass on to another thread, and no bytes can say. */
export function isPlatformObject(object: object): boolean {
  let tag: unknown;
  try {
    tag = Reflect.get(object, Symbol.toStringTag);
  } catch {
    // A proxy that refuses to be looked at is none.
  }
  return typeof tag === "string" && (PLATFORM.includes(tag) || tag.startsWith("WebAssembly."));
}

/** What a Map or a Set holds; what a class that extends them gives as its iterator is not that. */
export function heldBy(map: Map<unknown, unknown>): Iterable<[unknown, unknown]>;
export function heldBy(set: Set<unknown>): Iterable<unknown>;
export function heldBy(held: Map<unknown, unknown> | Set<unknown>): Iterable<unknown> {
  return held instanceof Map ? mapEntries.call(held) : setValues.call(held);
}

/** Plain here or in another realm. */
export function isPlain(object: object, prototype: object | null): boolean {
  if (prototype === null || prototype === Object.prototype) return true;
  if (Object.getPrototypeOf(prototype) !== null || !Object.hasOwn(prototype, "isPrototypeOf")) return false;
  return Object.prototype.toString.call(object) === "[object Object]";
}

/** The primitive in an object, whatever its methods say; `undefined` if there is none. */
export function primitiveIn(object: object): unknown {
  const cls = BOXES.find((each) => object instanceof each);
  try {
    return cls && Reflect.apply(cls.prototype.valueOf, object, []);
  } catch {
    // It has but the prototype.
    return undefined;
  }
}

/** Nothing but numbers, no holes, no further properties, and so long that writing each by itself would take longer. */
export function isNumeric(array: readonly unknown[]): array is readonly number[] {
  if (array.length <= LISTED_ARRAY) return false;
  for (let index = 0; index < array.length; index++) if (typeof array[index] !== "number") return false;
  return array.length <= COUNTED_ARRAY ? Object.keys(array).length === array.length : isShownBare(array);
}

/** By the one thing of the runtime that finds the other properties of an array without listing its indices. */
function isShownBare(array: readonly unknown[]): boolean {
  bare ??= shown(new Array(LISTED_ARRAY).fill(0));
  try {
    return shown(array) === bare.replace(String(LISTED_ARRAY), String(array.length));
  } catch {
    // By what a property does to be shown, so there is one.
    return false;
  }
}

function shown(array: readonly unknown[]): string {
  return Deno.inspect(array, { iterableLimit: 0, depth: 0 });
}

/** Follows the size of its resizable buffer. */
export function isTracking(view: ArrayBufferView): boolean {
  const { buffer, byteLength } = view;
  if (!(buffer instanceof ArrayBuffer) || !buffer.resizable) return false;
  const before = buffer.byteLength;
  const rest = before - view.byteOffset - byteLength;
  const step = view instanceof DataView ? 1 : Number(Reflect.get(view, "BYTES_PER_ELEMENT"));
  // Only growing it shows; and back, in the same turn, nobody sees.
  if (rest >= step || before + step - rest > buffer.maxByteLength) return false;
  try {
    buffer.resize(before + step - rest);
  } catch {
    // Memory of WebAssembly grows by pages only.
    return false;
  }
  const tracking = view.byteLength !== byteLength;
  buffer.resize(before);
  return tracking;
}

// A class that extends one of them may have a name of its own.
const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/** Name of its class, here or in another realm. */
export function kindOf(view: ArrayBufferView): string {
  const kind: unknown = typedArrayName?.call(view);
  return typeof kind === "string" ? kind : "DataView";
}
