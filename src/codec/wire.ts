/**
 * The format of a message.
 *
 * `MAGIC VERSION u32 value contents…`. The version has a bit set where no object is repeated. The u32 says where, from the message's
 * beginning, the table of function references is, 0 for none: a count, then each as a value of plain objects and strings. Counts
 * and lengths are variable-length integers.
 *
 * A value is a tag byte and what the tag says below; tags under `SMALL_TEXT` are the integers 0 to 95, the next 32 are texts of so
 * many ASCII characters. Every object gets a number in the order of tags, by which `SAME` repeats it. An object's contents
 * follow it at once, but below a certain depth it is announced by `LATER` and its contents come after all else, in the same order; so
 * neither side needs a stack as deep as the value.
 *
 * @module
 */

/** First byte of a message. Neither a pickle nor text begins so. */
export const MAGIC = 0xd7;
/** Second byte. */
export const VERSION = 1;
/** Added to it where no object is repeated, so that the reader need not keep them all. */
export const UNREPEATED = 0x80;
/** Bytes before the value. */
export const HEAD_BYTES = 6;

/** Tags below are integers. */
export const SMALL_TEXT = 0x60;
/** Tags below are short ASCII texts. */
export const FIRST_TAG = 0x80;

/** Nesting from which contents come later. */
export const DEEP = 200;

/** Lists of keys that are remembered in a message, so that objects of one shape name them once. */
export const SHAPES = 16;

/** What begins a value. */
export const Tag = {
  UNDEFINED: 0x80,
  NULL: 0x81,
  TRUE: 0x82,
  FALSE: 0x83,
  /** Negated integer, less one. */
  NEGATIVE: 0x84,
  /** Integer. */
  INTEGER: 0x85,
  /** 64-bit float. */
  NUMBER: 0x86,
  /** Sign byte, count of bytes, magnitude with the lowest byte first. */
  BIGINT: 0x87,
  /** Count of bytes as u32, UTF-8. */
  UTF8: 0x88,
  /** Count of code units, each two bytes, lowest first: text that UTF-8 cannot say. */
  UTF16: 0x89,
  /** Number of an earlier object. */
  SAME: 0x8a,
  /** The next value's contents come later. */
  LATER: 0x8b,
  /** Count of properties, the keys, the values. */
  OBJECT: 0x8c,
  /** Number of an earlier list of keys, then the values. */
  SHAPED: 0x8d,
  /** Length, then elements. */
  ARRAY: 0x8e,
  /** Length, count of properties, each key and value: an array with holes or further properties. */
  SPARSE: 0x8f,
  MAP: 0x90,
  SET: 0x91,
  /** Milliseconds as a float. */
  DATE: 0x92,
  /** Source, flags. */
  REGEXP: 0x93,
  /** A primitive in an object: the primitive. */
  BOXED: 0x94,
  /** Length, bytes. */
  BUFFER: 0x95,
  /** Length, largest length, bytes. */
  RESIZABLE: 0x96,
  /** Kind, offset, length plus one or 0 if it follows the buffer, the buffer. */
  VIEW: 0x97,
  /** See errors.ts. */
  ERROR: 0x98,
  /** Index into the table of references. */
  FUNCTION: 0x99,
  /** Tag of a registered class, state. */
  REDUCED: 0x9a,
  /** Index of the class in the table of references, state. */
  REVIVED: 0x9b,
  /** Key of `Symbol.for`. */
  SYMBOL: 0x9c,
  /** Name of a well-known symbol. */
  WELL_KNOWN: 0x9d,
  /** Number of an attachment. */
  ATTACHED: 0x9e,
  /** In place of a property's value: reading an earlier property took it away. */
  ABSENT: 0x9f,
  /** Length, that many 64-bit floats: an array of nothing but numbers. */
  NUMBERS: 0xa0,
} as const;

/** Kinds of view, by their number. */
export const VIEWS: readonly string[] = [
  "Uint8Array",
  "Int8Array",
  "Uint8ClampedArray",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Float16Array",
];
