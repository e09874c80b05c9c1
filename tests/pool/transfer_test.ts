import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { forEachStartMethod } from "../helpers/methods.ts";
import { Notes, upTo } from "../helpers/notes.ts";
import { mirror, note, same } from "../targets/pool.ts";

/** Arrays of one byte, each in a buffer of its own. */
function bytes(count: number): Uint8Array<ArrayBuffer>[] {
  return upTo(count).map((x) => new Uint8Array([x]));
}

function buffersOf(arrays: readonly Uint8Array<ArrayBuffer>[]): ArrayBuffer[] {
  return arrays.map(({ buffer }) => buffer);
}

function lengthsOf(arrays: readonly Uint8Array[]): number[] {
  return arrays.map(({ length }) => length);
}

forEachStartMethod("Pool: what is transferred leaves this process", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const whole = new Uint8Array([1, 2, 3]);
  const mirrored = pool.applyAsync(mirror, [whole], { transfer: [whole.buffer] });
  assertEquals([whole.length, await mirrored], [0, new Uint8Array([2, 3, 4])]);
  const parts = bytes(3);
  const mapped = await pool.map(mirror, parts, { chunkSize: 1, transfer: buffersOf(parts) });
  assertEquals([lengthsOf(parts), mapped.map(([x]) => x)], [[0, 0, 0], [1, 2, 3]]);
});

forEachStartMethod("Pool.imap(): what is transferred leaves once all of the input has been read", async (ctx) => {
  await using pool = new ctx.Pool(1);
  for (const chunkSize of [1, 2]) {
    for (const isLater of [false, true]) {
      const parts = bytes(3);
      const goOn = Promise.withResolvers<void>();
      const later = async function* () {
        yield* parts;
        await goOn.promise;
      };
      const options = { chunkSize, transfer: buffersOf(parts) };
      const results = pool.imap(mirror, isLater ? later() : parts, options);
      assertEquals((await results.next()).value, new Uint8Array([1]));
      if (isLater) assertEquals(lengthsOf(parts), [1, 1, 1]);
      goOn.resolve();
      assertEquals((await Array.fromAsync(results)).map(([x]) => x), [2, 3]);
      assertEquals(lengthsOf(parts), [0, 0, 0]);
    }
  }
  const [part] = bytes(1);
  const results = pool.imapUnordered(mirror, [part!], { transfer: buffersOf([part!]) });
  assertEquals((await Array.fromAsync(results)).length, 1);
  assertEquals(part!.length, 0);
});

forEachStartMethod("Pool: what is transferred stays if something of the job could not be sent", async (ctx) => {
  await using pool = new ctx.Pool(1);
  const [part] = bytes(1);
  const transfer = buffersOf([part!]);
  const items = [part, Symbol("no one's")];
  await assertRejects(() => pool.apply<unknown[], unknown>(same, items, { transfer }), TypeError);
  await assertRejects(() => pool.map<unknown, unknown>(same, items, { transfer, chunkSize: 1 }), TypeError);
  await assertRejects(() => Array.fromAsync(pool.imap<unknown, unknown>(same, items, { transfer })), TypeError);
  const aborted = { transfer, signal: AbortSignal.abort(new RangeError("no")) };
  await assertRejects(() => pool.apply(same, [part], aborted), RangeError);
  await assertRejects(() => pool.map(same, [part], aborted), RangeError);
  await assertRejects(() => pool.imap(same, [part], aborted).next(), RangeError);
  assertEquals(lengthsOf([part!]), [1]);
});

forEachStartMethod("Pool refuses at the call what cannot be transferred", async (ctx) => {
  await using pool = new ctx.Pool(1);
  using notes = new Notes();
  const [part] = bytes(1);
  const gone = new ArrayBuffer(1);
  gone.transfer();
  const misfits: [unknown, typeof TypeError | typeof RangeError, string][] = [
    [1, TypeError, "transfer must be an array"],
    [[{}], TypeError, "only array buffers leave a process"],
    [[part!.buffer, part!.buffer], RangeError, "it is given twice"],
    [[part!.buffer, gone], RangeError, "it has left already"],
  ];
  for (const [transfer, cls, message] of misfits) {
    const options = { transfer: transfer as ArrayBuffer[] };
    const calls = [
      () => pool.applyAsync(note, [notes.path, 1], options),
      () => pool.mapAsync(same, [1], options),
      () => pool.starmapAsync(note, [[notes.path, 1]], options),
      () => pool.imap(same, [1], options),
      () => pool.imapUnordered(same, [1], options),
    ];
    for (const call of calls) assertThrows(() => void call(), cls, message);
  }
  assertEquals([pool.stats().queued, part!.length], [0, 1]);
  assertEquals(await pool.apply(same, [3]), 3);
  assertEquals(notes.lines, []);
});
