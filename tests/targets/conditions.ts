/** What children do with conditions. */
import { Condition, type Connection, type Event, getContext, type Lock, share, type StartMethod } from "../../mod.ts";

/** Sleeps until notified, tells that it has woken, and so as often as told. */
export async function sleepAndTell(condition: Condition, to: Connection<string>, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await using _ = await condition.guard();
    // Told while the lock is held: whoever hears it and then gets the lock knows that this one sleeps.
    await to.send("about to sleep");
    await condition.wait();
    await to.send("woken");
  }
}

/** {@linkcode sleepAndTell}, sleeping with its thread. */
export async function sleepSyncAndTell(condition: Condition, to: Connection<string>, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    using _ = condition.guardSync();
    await to.send("about to sleep");
    condition.waitSync();
    await to.send("woken");
  }
}

/** Passes a ball back as often as told, waiting each time until it is there. */
export async function pingPong(
  condition: Condition,
  ball: Event,
  to: Connection<string>,
  rounds: number,
): Promise<void> {
  await to.send("ready");
  for (let round = 0; round < rounds; round++) {
    await using _ = await condition.guard();
    await condition.waitFor(() => ball.isSet());
    await ball.clear();
    await condition.notify();
  }
}

/** {@linkcode pingPong} without an event loop. */
export async function pingPongSync(
  condition: Condition,
  ball: Event,
  to: Connection<string>,
  rounds: number,
): Promise<void> {
  await to.send("ready");
  for (let round = 0; round < rounds; round++) {
    using _ = condition.guardSync();
    condition.waitForSync(() => ball.isSetSync());
    ball.clearSync();
    condition.notifySync();
  }
}

/** Notifies again and again, until told that it is done. */
export async function notifyUntilDone(condition: Condition, done: Event, to: Connection<string>): Promise<void> {
  await to.send("ready");
  while (!await done.isSet()) {
    await using _ = await condition.guard();
    await condition.notify();
  }
}

/** Tells each time that it was notified, until told that it is done; given up by time and aborts as `impatience` says. */
export async function reportNotices(
  condition: Condition,
  done: Event,
  to: Connection<string>,
  impatience: number | undefined,
): Promise<void> {
  await using _ = await condition.guard();
  await to.send("about to sleep");
  for (let round = 0; !await done.isSet(); round++) {
    if (await sleep(condition, round, impatience)) await to.send("woken");
  }
}

/** Tells what comes of making a condition with a lock. */
export async function conditionWith(lock: Lock, to: Connection<string>, method: StartMethod): Promise<void> {
  try {
    await to.send(new (getContext(method).Condition)(lock) instanceof Condition ? "made" : "something else");
  } catch (error) {
    await to.send(String(error));
  }
}

async function sleep(condition: Condition, round: number, impatience: number | undefined): Promise<boolean> {
  if (impatience === undefined) return await condition.wait();
  const timeout = round % impatience;
  if (round % 2 === 0) return await condition.wait({ timeout });
  const signal = AbortSignal.timeout(timeout);
  try {
    return await condition.wait({ signal });
  } catch (error) {
    if (error === signal.reason) return false;
    throw error;
  }
}

share(import.meta, {
  sleepAndTell,
  sleepSyncAndTell,
  pingPong,
  pingPongSync,
  notifyUntilDone,
  reportNotices,
  conditionWith,
});
