import { assert, assertEquals, assertRejects } from "@std/assert";
import { answerChallenge, AuthenticationError, deliverChallenge, EOFError, Listener } from "../../mod.ts";
import { isSameDigest, keyedDigest } from "../../src/channel/challenge_digest.ts";
import { hmacMd5, md5 } from "../../src/channel/challenge_md5.ts";
import { Random } from "../helpers/random.ts";
import {
  bytesOf,
  concat,
  dial,
  forEachKind,
  frame,
  handshakePair,
  readSome,
  textOf,
  writeAll,
} from "../targets/listeners.ts";

const KEY = bytesOf("secret password");
const COUNT = Uint8Array.from({ length: 20 }, (_, index) => index);
const LEGACY = { legacyDigest: true };

Deno.test("md5() gives the digests of RFC 1321", () => {
  const cases: [string, string][] = [
    ["", "d41d8cd98f00b204e9800998ecf8427e"],
    ["a", "0cc175b9c0f1b6a831c399e269772661"],
    ["abc", "900150983cd24fb0d6963f7d28e17f72"],
    ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
    ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"],
    ["1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"],
  ];
  for (const [text, digest] of cases) assertEquals(md5(bytesOf(text)).toHex(), digest);
});

Deno.test("The keyed digests are those of the catalogue's vectors [AUTH-15]", async () => {
  assertEquals(hmacMd5(bytesOf("abc"), COUNT).toHex(), "1b373176a84c1b044d9ba09795b53791");
  assertEquals(
    hmacMd5(bytesOf("supadupasecretkey"), bytesOf("is-twenty-bytes-long")).toHex(),
    "f08c5aa7ef61fc426b5b135fd8a223ae",
  );
  const message = concat(bytesOf("{sha256}"), COUNT, COUNT);
  assertEquals(
    (await keyedDigest("sha256", bytesOf("abc"), message)).toHex(),
    "40512313450aa50defcde78901a069c893005e20afa6b47749c15ec87649423e",
  );
  // RFC 2202, the key longer than a block.
  const long = new Uint8Array(80).fill(0xaa);
  assertEquals(
    hmacMd5(long, bytesOf("Test Using Larger Than Block-Size Key - Hash Key First")).toHex(),
    "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
  );
});

Deno.test("isSameDigest() is true for equal bytes only", () => {
  assertEquals(isSameDigest(COUNT, COUNT.slice()), true);
  assertEquals(isSameDigest(COUNT, COUNT.subarray(1)), false);
  assertEquals(isSameDigest(COUNT.subarray(1), COUNT), false);
  for (const [at, byte] of COUNT.entries()) assertEquals(isSameDigest(COUNT, COUNT.with(at, byte ^ 1)), false);
});

Deno.test("deliverChallenge() and answerChallenge() agree on a key, an empty or a long one too [AUTH-03] [AUTH-16]", async () => {
  for (const key of [KEY, bytesOf(""), new Uint8Array(1000).fill(7)]) {
    using pair = handshakePair();
    await Promise.all([deliverChallenge(pair.own, key), answerChallenge(pair.fake, key)]);
  }
  using pair = handshakePair();
  await Promise.all([
    assertRejects(() => deliverChallenge(pair.own, KEY), AuthenticationError, "digest received was wrong"),
    assertRejects(() => answerChallenge(pair.fake, bytesOf("")), AuthenticationError, "digest sent was rejected"),
  ]);
  await assertRejects(() => deliverChallenge(pair.own, "text" as unknown as Uint8Array), TypeError);
});

Deno.test("deliverChallenge() sends 40 random bytes and takes their HMAC, prefix included [AUTH-08] [AUTH-09] [AUTH-10]", async () => {
  for (const [prefix, hash, bytes] of [["{sha256}", "SHA-256", 32], ["{sha384}", "SHA-384", 48]] as const) {
    using pair = handshakePair();
    const delivering = deliverChallenge(pair.own, KEY);
    const challenge = await pair.fake.recvBytes();
    assertEquals(challenge.length, 59);
    assertEquals(textOf(challenge.subarray(0, 19)), "#CHALLENGE#{sha256}");
    const key = await crypto.subtle.importKey("raw", KEY, { name: "HMAC", hash }, false, ["sign"]);
    const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, challenge.slice(11)));
    assertEquals(digest.length, bytes);
    await pair.fake.sendBytes(concat(bytesOf(prefix), digest));
    assertEquals(textOf(await pair.fake.recvBytes()), "#WELCOME#");
    await delivering;
  }
});

Deno.test("deliverChallenge() fails on anything but the right answer [AUTH-10] [AUTH-14]", async () => {
  const replies = [
    "something bogus",
    "",
    "{sha512}" + "x".repeat(64),
    "{md5}" + "x".repeat(16),
    "x".repeat(16),
    "{sha256}",
    "{sha256}x",
    "{}",
    "{constructor}x",
  ];
  for (const reply of replies) {
    for (const options of [{}, LEGACY]) {
      using pair = handshakePair();
      const failing = assertRejects(() => deliverChallenge(pair.own, KEY, options), AuthenticationError);
      await pair.fake.recvBytes();
      await pair.fake.sendBytes(bytesOf(reply));
      assertEquals(textOf(await pair.fake.recvBytes()), "#FAILURE#");
      await failing;
    }
  }
});

Deno.test("deliverChallenge() takes the bare HMAC-MD5 of older peers only if that is allowed [AUTH-11]", async () => {
  for (const options of [LEGACY, {}]) {
    using pair = handshakePair();
    const delivering = deliverChallenge(pair.own, KEY, options);
    const outcome = delivering.then(() => "welcome", (error) => error.message);
    const challenge = await pair.fake.recvBytes();
    await pair.fake.sendBytes(hmacMd5(KEY, challenge.subarray(11)));
    const legacy = options === LEGACY;
    assertEquals(textOf(await pair.fake.recvBytes()), legacy ? "#WELCOME#" : "#FAILURE#");
    assertEquals((await outcome).includes(legacy ? "welcome" : "legacyDigest: true"), true);
  }
});

Deno.test("answerChallenge() answers the older challenge by the bare HMAC-MD5 only if that is allowed [AUTH-08] [AUTH-11]", async () => {
  using pair = handshakePair();
  const answering = answerChallenge(pair.own, KEY, LEGACY);
  await pair.fake.sendBytes(concat(bytesOf("#CHALLENGE#"), COUNT));
  assertEquals(await pair.fake.recvBytes(), hmacMd5(KEY, COUNT));
  await pair.fake.sendBytes(bytesOf("#WELCOME#"));
  await answering;
  using other = handshakePair();
  await other.fake.sendBytes(concat(bytesOf("#CHALLENGE#"), COUNT));
  await assertRejects(() => answerChallenge(other.own, KEY), AuthenticationError, "legacyDigest: true");
});

Deno.test("answerChallenge() fails on what is no challenge, and on anything but the welcome [AUTH-13] [AUTH-14]", async () => {
  const refused: [string, string][] = [
    ["something bogus", "expected challenge"],
    ["", "expected challenge"],
    ["#CHALLENGE", "expected challenge"],
    ["#CHALLENGE#", "too short"],
    ["#CHALLENGE#" + "x".repeat(19), "too short"],
    ["#CHALLENGE#" + "x".repeat(40), "unsupported"],
    ["#CHALLENGE#{sha512}" + "x".repeat(40), "unsupported"],
    ["#CHALLENGE#{md5}" + "x".repeat(40), "MD5"],
  ];
  for (const [message, why] of refused) {
    using pair = handshakePair();
    await pair.fake.sendBytes(bytesOf(message));
    await assertRejects(() => answerChallenge(pair.own, KEY), AuthenticationError, why);
  }
  for (const verdict of ["something bogus", "#FAILURE#", "", "#WELCOME#!"]) {
    using pair = handshakePair();
    await pair.fake.sendBytes(bytesOf("#CHALLENGE#{sha256}" + "x".repeat(40)));
    await pair.fake.sendBytes(bytesOf(verdict));
    await assertRejects(() => answerChallenge(pair.own, KEY), AuthenticationError, "digest sent was rejected");
  }
});

Deno.test("The messages of the handshake have at most 256 bytes [AUTH-12]", async () => {
  using pair = handshakePair();
  await pair.fake.sendBytes(new Uint8Array(257));
  await assertRejects(() => answerChallenge(pair.own, KEY), Deno.errors.InvalidData, "bad message length");
});

/** A client by hand; its bytes are given to `write` frame by frame. */
async function shakeByHand(conn: Deno.Conn, write: (frame: Uint8Array) => Promise<void>): Promise<void> {
  const challenge = (await readSome(conn, 63)).slice(15);
  const own = concat(bytesOf("{sha256}"), new Uint8Array(40).fill(9));
  await write(frame(concat(bytesOf("{sha256}"), await keyedDigest("sha256", KEY, challenge))));
  assertEquals(textOf((await readSome(conn, 13)).subarray(4)), "#WELCOME#");
  await write(frame(concat(bytesOf("#CHALLENGE#"), own)));
  const reply = (await readSome(conn, 44)).subarray(12);
  assertEquals(reply, await keyedDigest("sha256", KEY, own));
  // The first message of the user comes with the last of the handshake, longer than those may be.
  await write(concat(frame(bytesOf("#WELCOME#")), frame(bytesOf("m".repeat(5000)))));
}

forEachKind("The handshake succeeds wherever its bytes are cut [AUTH-07] [AUTH-12]", async (options) => {
  using listener = new Listener({ ...options, authKey: KEY });
  const longest = 44;
  for (let cut = 1; cut <= longest; cut++) {
    const conn = await dial(listener.address);
    await shakeByHand(conn, async (bytes) => {
      await writeAll(conn, bytes.subarray(0, cut));
      await writeAll(conn, bytes.subarray(cut));
    });
    using end = await listener.accept();
    assertEquals((await end.recvBytes()).length, 5000);
    conn.close();
  }
});

forEachKind("The handshake fails when the peer leaves at any byte of it [AUTH-17]", async (options) => {
  using listener = new Listener({ ...options, authKey: KEY });
  const whole = concat(frame(concat(bytesOf("{sha256}"), new Uint8Array(32))));
  for (let cut = 0; cut <= whole.length; cut++) {
    const conn = await dial(listener.address);
    await readSome(conn, 63);
    await writeAll(conn, whole.subarray(0, cut));
    if (cut < whole.length) conn.close();
    const error = await assertRejects(() => listener.accept());
    const expected = cut === 0 ? EOFError : cut < whole.length ? Deno.errors.UnexpectedEof : AuthenticationError;
    assert(error instanceof expected, `${cut}: ${error}`);
    if (cut === whole.length) conn.close();
  }
});

forEachKind("The handshake refuses whatever it is sent at random, and the next peer is served", async (options) => {
  using listener = new Listener({ ...options, authKey: KEY });
  const random = new Random(3);
  for (let round = 0; round < 100; round++) {
    const conn = await dial(listener.address);
    await readSome(conn, 63);
    const garbage = random.bytes(4 + random.below(600));
    if (random.below(2) === 0) garbage.set([0, 0, random.below(2), random.below(256)]);
    // The listener may have gone away in the middle of it.
    await writeAll(conn, garbage).catch(() => {});
    conn.close();
    await assertRejects(() => listener.accept());
  }
  const conn = await dial(listener.address);
  await shakeByHand(conn, (bytes) => writeAll(conn, bytes));
  (await listener.accept()).close();
  conn.close();
});
