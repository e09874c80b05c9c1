/** Every primitive, used by many at random. MP_STRESS_SECONDS makes it long, and the processes many. */
import { assert, assertEquals } from "@std/assert";
import { type Connection, getAllStartMethods, getContext, Pipe } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod, HANG_MS, methodsOf } from "../helpers/methods.ts";
import { makePlayground, Umpire } from "../helpers/playground.ts";
import { Random } from "../helpers/random.ts";
import { sharesMemory } from "../helpers/party.ts";
import { within } from "../helpers/within.ts";
import { reportNotices } from "../targets/conditions.ts";
import { countAsync, countSync } from "../targets/stress.ts";

const SECONDS = Number(Deno.env.get("MP_STRESS_SECONDS") ?? 1);
const PROCESSES = Deno.env.has("MP_STRESS_SECONDS") ? 8 : 2;
const SEED = Number(Deno.env.get("MP_STRESS_SEED") ?? 1);
const TASKS = 8;

/** Puts things there, kills and starts players, until the time is over. */
async function keepBusy(umpire: Umpire, random: Random): Promise<void> {
  const end = performance.now() + 1000 * SECONDS;
  let seed = SEED * 1000;
  let nextKill = performance.now() + random.below(300);
  while (performance.now() < end) {
    await umpire.put();
    await new Promise((resolve) => setTimeout(resolve, random.below(4)));
    if (performance.now() < nextKill) continue;
    await umpire.kill(random.below(PROCESSES));
    await umpire.start(++seed, TASKS);
    nextKill = performance.now() + random.below(300);
  }
}

for (const method of methodsOf("Every primitive", getAllStartMethods())) {
  Deno.test(`Every primitive withstands timeouts, aborts and kills (${method})`, async () => {
    const ctx = getContext(method);
    const umpire = new Umpire(ctx, makePlayground(ctx));
    const run = async () => {
      await Promise.all(Array.from({ length: PROCESSES }, (_, index) => umpire.start(SEED + index, TASKS)));
      await keepBusy(umpire, new Random(SEED));
      await umpire.stop();
      await umpire.assertWell();
    };
    try {
      await within(HANG_MS + 1000 * SECONDS, run());
    } finally {
      for (const child of ctx.activeChildren()) child.kill();
    }
  });
}

forEachStartMethod("Condition spends each notification on one sleeper, whatever becomes of others", async (ctx) => {
  const STEADY = 3;
  const [condition, done] = [new ctx.Condition(new ctx.Lock()), new ctx.Event()];
  const [here, there] = Pipe<never, string>();
  const children = [];
  for (const impatience of [undefined, undefined, undefined, 2, 3]) {
    children.push(await start(ctx, reportNotices, condition, done, there as Connection<string>, impatience));
    assertEquals(await here.recv(), "about to sleep");
  }
  there.close();
  for (let round = 0; round < 40; round++) {
    const count = 1 + round % STEADY;
    {
      await using _ = await condition.guard();
      await condition.notify(count);
    }
    for (let woken = 0; woken < count; woken++) assertEquals(await here.recv(), "woken");
  }
  {
    await using _ = await condition.guard();
    // No more were woken than there were notifications.
    assertEquals(await here.poll(), false);
    await done.set();
    await condition.notifyAll();
  }
  await finish(children);
  here.close();
});

forEachStartMethod("Lock makes a shared count exact, for blocked threads and for tasks", async (ctx) => {
  if (!sharesMemory(ctx.getStartMethod())) return;
  const [lock, cell] = [new ctx.Lock(), new ctx.RawValue("i", 0)];
  const COUNT = 2000;
  const blocked = await Promise.all([1, 2].map(() => start(ctx, countSync, lock, cell, COUNT)));
  const tasks = await start(ctx, countAsync, lock, cell, 8, COUNT / 8);
  await countAsync(lock, cell, 8, COUNT / 8);
  await finish(blocked);
  await finish([tasks]);
  assertEquals(cell.value, 4 * COUNT);
  assert(!await lock.locked());
});
