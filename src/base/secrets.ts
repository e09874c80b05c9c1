/**
 * Bytes that are not to leave the process inside of a message: keys.
 *
 * @module
 */

const secrets = new WeakSet<object>();

/** Marks bytes as secret; a copy of them is not. */
export function keepSecret<T extends object>(bytes: T): T {
  secrets.add(bytes);
  return bytes;
}

/** Whether the bytes are secret. */
export function isSecret(bytes: object): boolean {
  return secrets.has(bytes);
}
