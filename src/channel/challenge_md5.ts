/**
 * MD5 (RFC 1321) and HMAC with it (RFC 2104), for the challenge of Python before 3.12; the runtime's own cryptography has neither.
 *
 * @module
 */

const BLOCK_BYTES = 64;
const DIGEST_WORDS = 4;
const STEPS = 64;
const START: readonly number[] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
/** Rotations of the four rounds, each repeated four times. */
const ROTATIONS: readonly (readonly number[])[] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
const SINES = Int32Array.from({ length: STEPS }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) | 0);

/** The MD5 digest of a message in parts, 16 bytes. */
export function md5(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const padded = pad(parts);
  const state = Int32Array.from(START, (word) => word | 0);
  for (let offset = 0; offset < padded.byteLength; offset += BLOCK_BYTES) addBlock(state, padded, offset);
  const digest = new DataView(new ArrayBuffer(DIGEST_WORDS * 4));
  state.forEach((word, index) => digest.setInt32(index * 4, word, true));
  return new Uint8Array(digest.buffer);
}

/** The HMAC-MD5 of a message, 16 bytes. */
export function hmacMd5(key: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const short = key.length > BLOCK_BYTES ? md5(key) : key;
  const padOf = (mask: number) => Uint8Array.from({ length: BLOCK_BYTES }, (_, index) => (short[index] ?? 0) ^ mask);
  return md5(padOf(0x5c), md5(padOf(0x36), message));
}

/** The message, a bit, zeros, and the message's length in bits: a multiple of 64 bytes. */
function pad(parts: readonly Uint8Array[]): DataView<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size = Math.ceil((length + 9) / BLOCK_BYTES) * BLOCK_BYTES;
  const padded = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    padded.set(part, at);
    at += part.length;
  }
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(size - 8, BigInt(length) * 8n, true);
  return view;
}

function addBlock(state: Int32Array, data: DataView, offset: number): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let step = 0; step < STEPS; step++) {
    const round = step >> 4;
    const [mixed, word] = mix(round, step, b, c, d);
    const sum = (a + mixed + (SINES[step] ?? 0) + data.getInt32(offset + word * 4, true)) | 0;
    const rotation = ROTATIONS[round]?.[step & 3] ?? 0;
    [a, d, c, b] = [d, c, b, (b + ((sum << rotation) | (sum >>> (32 - rotation)))) | 0];
  }
  [a, b, c, d].forEach((word, index) => state[index] = ((state[index] ?? 0) + word) | 0);
}

/** What a round makes of three words, and which word of the block it takes. */
function mix(round: number, step: number, b: number, c: number, d: number): [mixed: number, word: number] {
  if (round === 0) return [(b & c) | (~b & d), step];
  if (round === 1) return [(d & b) | (~d & c), (5 * step + 1) & 15];
  if (round === 2) return [b ^ c ^ d, (3 * step + 5) & 15];
  return [c ^ (b | ~d), (7 * step) & 15];
}
