/**
 * The digests of the challenge: by which of them a message asks to be answered, and how they are computed and compared.
 *
 * @module
 */

import { AuthenticationError } from "../base/errors.ts";
import { hmacMd5 } from "./challenge_md5.ts";

/** Digests by the name they have on the wire. Python has SHA-3 besides, which the runtime's cryptography has not. */
const SHA256 = "SHA-256";
const DIGESTS: Readonly<Record<string, string>> = { sha256: SHA256, sha384: "SHA-384" };
const MD5 = "md5";
/** A challenge of Python before 3.12 has so many bytes and no prefix. */
export const LEGACY_CHALLENGE_BYTES = 20;
const LEGACY_DIGEST_BYTES = 16;
const PREFIX = /^\{(\w{1,20})\}/;
const LONGEST_PREFIX_BYTES = 22;

/** Keys as the runtime takes them, by their bytes and the name of the hash; who uses the same bytes again must not have changed them. */
const imported = new WeakMap<Uint8Array, Readonly<Record<string, Promise<CryptoKey>>>>();

/** A name and what follows it; without a name it is the older protocol's. */
export interface Tagged {
  readonly digest: string | undefined;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/**
 * Splits a challenge or a reply into the name of its digest and the rest.
 *
 * @throws {AuthenticationError} If the digest is unknown or not allowed.
 */
export function readTagged(message: Uint8Array<ArrayBuffer>, legacyDigest: boolean): Tagged {
  if (message.length === LEGACY_CHALLENGE_BYTES || message.length === LEGACY_DIGEST_BYTES) {
    if (!legacyDigest) throw refusedLegacy();
    return { digest: undefined, payload: message };
  }
  const [prefix, digest] = PREFIX.exec(String.fromCharCode(...message.subarray(0, LONGEST_PREFIX_BYTES))) ?? [];
  if (prefix !== undefined && digest !== undefined && (digest === MD5 || Object.hasOwn(DIGESTS, digest))) {
    if (digest === MD5 && !legacyDigest) throw refusedLegacy();
    return { digest, payload: message.subarray(prefix.length) };
  }
  throw new AuthenticationError(
    "Cannot authenticate: unsupported message length, missing digest prefix, or unsupported digest, " +
      `received ${message.length} bytes; sha256 and sha384 are supported`,
  );
}

/** The keyed digest of a message by the name on the wire, MD5 without one. */
export async function keyedDigest(
  digest: string | undefined,
  key: Uint8Array,
  message: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const hash = DIGESTS[digest ?? MD5];
  if (hash === undefined) return hmacMd5(key, message);
  return new Uint8Array(await crypto.subtle.sign("HMAC", await importedKey(key, hash), message));
}

/** Prepares a key for the digest that is likely to be asked for. */
export async function prepareKey(key: Uint8Array): Promise<void> {
  await importedKey(key, SHA256);
}

function importedKey(key: Uint8Array, hash: string): Promise<CryptoKey> {
  const known = imported.get(key)?.[hash];
  if (known !== undefined) return known;
  // Keys are padded with zeros, so this is the empty key, which the runtime refuses.
  const bytes = key.length === 0 ? new Uint8Array(1) : key.slice();
  const importing = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash }, false, ["sign"]);
  imported.set(key, { ...imported.get(key), [hash]: importing });
  return importing;
}

/** Whether two digests are the same, in a time that does not tell where they differ. */
export function isSameDigest(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

function refusedLegacy(): AuthenticationError {
  return new AuthenticationError(
    "Cannot authenticate: the peer uses MD5, as Python before 3.12 does; allow it by legacyDigest: true",
  );
}
