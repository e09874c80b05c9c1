/**
 * The challenge by which two peers prove to each other that they know a key, without sending it.
 *
 * ```text
 * one side:  #CHALLENGE#{sha256}<40 random bytes>    →  the other
 *            {sha256}<HMAC of all after #CHALLENGE#> ←
 *            #WELCOME# or #FAILURE#                  →
 * ```
 *
 * Then the same with the sides exchanged. Before 3.12 Python sends 20 random bytes without a prefix, and always answers by the bare
 * HMAC-MD5.
 *
 * @module
 */

import { AuthenticationError } from "../base/errors.ts";
import {
  isSameDigest,
  keyedDigest,
  LEGACY_CHALLENGE_BYTES,
  prepareKey,
  readTagged,
  type Tagged,
} from "./challenge_digest.ts";
import type { Connection } from "./connection.ts";

const encoder = new TextEncoder();
const CHALLENGE = encoder.encode("#CHALLENGE#");
const WELCOME = encoder.encode("#WELCOME#");
const FAILURE = encoder.encode("#FAILURE#");
const LIKELY = "sha256";
const PREFIX = encoder.encode(`{${LIKELY}}`);
const RANDOM_BYTES = 40;
/** No message of a handshake is longer. */
export const HANDSHAKE_MESSAGE_BYTES = 256;

/** Options of {@linkcode deliverChallenge} and {@linkcode answerChallenge}. */
export interface ChallengeOptions {
  /**
   * Whether the peer may use MD5, as Python before 3.12 does.
   *
   * @default {false}
   */
  legacyDigest?: boolean | undefined;
}

/**
 * Has the other side prove that it knows the key, as Python's `multiprocessing.connection.deliver_challenge`. The other side calls
 * {@linkcode answerChallenge}. `Listener` and `Client` do this by themselves.
 *
 * @param connection Where the other side is.
 * @param authKey The key that both know.
 * @param options Which digests are allowed.
 * @throws {AuthenticationError} If the answer is wrong.
 * @throws {EOFError} If the other side leaves.
 *
 * @example Both sides in one program
 * ```ts
 * import { answerChallenge, deliverChallenge, Pipe } from "@multiprocessing/deno";
 *
 * const key = new TextEncoder().encode("secret password");
 * const [a, b] = Pipe();
 * await Promise.all([deliverChallenge(a, key), answerChallenge(b, key)]);
 * a.close();
 * b.close();
 * ```
 */
export async function deliverChallenge(
  connection: Connection,
  authKey: Uint8Array,
  { legacyDigest = false }: ChallengeOptions = {},
): Promise<void> {
  checkKey(authKey);
  await deliver(connection, authKey.slice(), legacyDigest);
}

/** {@linkcode deliverChallenge} with a key that nobody changes. */
export async function deliver(connection: Connection, key: Uint8Array, legacyDigest: boolean): Promise<void> {
  const message = joined(PREFIX, crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
  await connection.sendBytes(joined(CHALLENGE, message));
  const likely = keyedDigest(LIKELY, key, message);
  const reply = await receiveBeside(connection, likely);
  const failure = await failureOf(
    reply,
    (digest) => digest === LIKELY ? likely : keyedDigest(digest, key, message),
    legacyDigest,
  );
  await connection.sendBytes(failure === undefined ? WELCOME : FAILURE);
  if (failure !== undefined) throw failure;
}

/**
 * Proves to the other side that this one knows the key, as Python's `multiprocessing.connection.answer_challenge`. The other side
 * calls {@linkcode deliverChallenge}.
 *
 * @param connection Where the other side is.
 * @param authKey The key that both know.
 * @param options Which digests are allowed.
 * @throws {AuthenticationError} If what comes is no challenge, or the answer is not welcomed.
 * @throws {EOFError} If the other side leaves.
 *
 * @example A wrong key
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { answerChallenge, AuthenticationError, deliverChallenge, Pipe } from "@multiprocessing/deno";
 *
 * const [a, b] = Pipe();
 * const key = (text: string) => new TextEncoder().encode(text);
 * await Promise.all([
 *   assertRejects(() => deliverChallenge(a, key("right")), AuthenticationError),
 *   assertRejects(() => answerChallenge(b, key("wrong")), AuthenticationError),
 * ]);
 * a.close();
 * b.close();
 * ```
 */
export async function answerChallenge(
  connection: Connection,
  authKey: Uint8Array,
  { legacyDigest = false }: ChallengeOptions = {},
): Promise<void> {
  checkKey(authKey);
  await answer(connection, authKey.slice(), legacyDigest);
}

/** {@linkcode answerChallenge} with a key that nobody changes. */
export async function answer(connection: Connection, key: Uint8Array, legacyDigest: boolean): Promise<void> {
  const challenge = await receiveBeside(connection, prepareKey(key));
  if (!isChallenge(challenge)) {
    throw new AuthenticationError(
      `Cannot authenticate: protocol error, expected challenge, received ${challenge.length} bytes of another kind`,
    );
  }
  const message = challenge.subarray(CHALLENGE.length);
  if (message.length < LEGACY_CHALLENGE_BYTES) {
    throw new AuthenticationError(`Cannot authenticate: the challenge is too short, received ${message.length} bytes`);
  }
  const { digest } = readTagged(message, legacyDigest);
  const proof = await keyedDigest(digest, key, message);
  await connection.sendBytes(digest === undefined ? proof : joined(encoder.encode(`{${digest}}`), proof));
  const verdict = await connection.recvBytes(HANDSHAKE_MESSAGE_BYTES);
  if (isSameDigest(verdict, WELCOME)) return;
  throw new AuthenticationError("Cannot authenticate: digest sent was rejected; both sides need the same authKey");
}

/** Whether a message asks for a proof, as a listener's first one does if it has a key. */
export function isChallenge(message: Uint8Array): boolean {
  return isSameDigest(message.subarray(0, CHALLENGE.length), CHALLENGE);
}

/** Receives while something is computed, and leaves that behind in no case. */
async function receiveBeside(connection: Connection, computing: Promise<unknown>): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await connection.recvBytes(HANDSHAKE_MESSAGE_BYTES);
  } finally {
    await computing;
  }
}

async function failureOf(
  reply: Uint8Array<ArrayBuffer>,
  expect: (digest: string | undefined) => Promise<Uint8Array>,
  legacyDigest: boolean,
): Promise<AuthenticationError | undefined> {
  let tagged: Tagged;
  try {
    tagged = readTagged(reply, legacyDigest);
  } catch (error) {
    if (error instanceof AuthenticationError) return error;
    throw error;
  }
  if (isSameDigest(await expect(tagged.digest), tagged.payload)) return undefined;
  return new AuthenticationError("Cannot authenticate: digest received was wrong; both sides need the same authKey");
}

function checkKey(authKey: Uint8Array): void {
  if (authKey instanceof Uint8Array) return;
  throw new TypeError(`Cannot authenticate: authKey must be a Uint8Array, received ${typeof authKey}`);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
