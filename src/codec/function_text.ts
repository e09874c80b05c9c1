/**
 * The source text of functions and its hash. Deno gives the same text for the same function in every process of one
 * version, so equal hashes mean the same code; what a closure holds is not in the text.
 *
 * @module
 */

/** Hash of each callable that was asked for; hashing a large class takes longer than everything else in a look-up. */
const hashes = new WeakMap<object, string>();

/** Source text of a function or class, as the engine runs it (types are gone). */
export function textOf(callable: object): string {
  return Function.prototype.toString.call(callable);
}

/** Whether `callable` has no source: it is built in, made by `bind`, or a proxy. */
export function isNative(callable: object): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(textOf(callable));
}

/** Whether it stands within something else, as the indentation of its end tells, which Deno writes anew for TypeScript. */
export function isNested(callable: object): boolean {
  return /\n[ \t]+[}\])]+$/.test(textOf(callable));
}

/** 64 bits over the source text, as 16 hexadecimal digits. */
export function hashOf(callable: object): string {
  const known = hashes.get(callable);
  if (known !== undefined) return known;
  const hash = hashText(textOf(callable));
  hashes.set(callable, hash);
  return hash;
}

/** Two multiplicative lanes with unlike primes. It tells texts apart by accident, not against an attacker. */
function hashText(text: string): string {
  let low = 0x811c9dc5 ^ text.length;
  let high = 0x2545f491;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul((high >>> 15) ^ high ^ unit, 0x9e3779b1);
  }
  return hex(low ^ (high >>> 16)) + hex(high ^ (low >>> 13));
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
