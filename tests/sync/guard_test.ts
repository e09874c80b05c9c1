import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { type Context, InvalidStateError, TimeoutError } from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { type Party, type PartyCall, sharesMemory, startParty } from "../helpers/party.ts";

const KINDS = ["Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition"] as const;
type Kind = typeof KINDS[number];
type Guarded = InstanceType<Context[Kind]>;

/** Registers a test for each kind that has guards, with a party that has the same object. */
function forEachGuarded(name: string, test: (object: Guarded, there: Party, ctx: Context) => Promise<void>): void {
  for (const kind of KINDS) {
    forEachStartMethod(`${kind}${name}`, async (ctx) => {
      const object: Guarded = new ctx[kind]();
      const there = await startParty(ctx, object);
      await test(object, there, ctx);
      assertEquals(await there.call("acquire", { block: false }), true, "not free at the end");
      await there.call("release");
      await there.stop();
    });
  }
}

/** Whether the party is kept out. */
async function keptOut(there: Party): Promise<boolean> {
  if (await there.call("acquire", { block: false }) === false) return true;
  await there.call("release");
  return false;
}

forEachGuarded(".guard() holds it to the end of the scope [LOCK-10]", async (object, there) => {
  {
    await using _ = await object.guard();
    assert(await keptOut(there));
  }
  assert(!await keptOut(there));
});

forEachGuarded(".guard() waits for its turn, and lets the next go on [LOCK-10]", async (object, there) => {
  await there.call("acquire");
  const order: string[] = [];
  const scope = (async () => {
    await using _ = await object.guard();
    order.push("inside");
    assert(await keptOut(there));
  })();
  order.push("before");
  await there.call("release");
  await scope;
  let waiting: PartyCall;
  {
    await using _ = await object.guard({ timeout: 0 });
    waiting = await there.begin("acquire");
    order.push("again");
  }
  assertEquals(await waiting.outcome, true);
  await there.call("release");
  assertEquals(order, ["before", "inside", "again"]);
});

forEachGuarded(".guard() gives it back when the scope is left by an error [LOCK-10]", async (object, there) => {
  const reason = new RangeError("out of the scope");
  const scope = async () => {
    await using _ = await object.guard();
    assert(await keptOut(there));
    throw reason;
  };
  assertStrictEquals(await assertRejects(scope), reason);
});

forEachGuarded(".guard() whose time is up rejects, and holds nothing", async (object, there) => {
  await there.call("acquire");
  for (const timeout of [0, -1, 5]) {
    await assertRejects(async () => await object.guard({ timeout }), TimeoutError, "Cannot");
  }
  await there.call("release");
});

forEachGuarded(".guard() that is aborted rejects with the reason, and holds nothing", async (object, there) => {
  const reason = new RangeError("no longer");
  const before = async () => await object.guard({ signal: AbortSignal.abort(reason) });
  assertStrictEquals(await assertRejects(before), reason);
  await there.call("acquire");
  const controller = new AbortController();
  const waiting = object.guard({ signal: controller.signal }).catch((error) => error);
  controller.abort(reason);
  assertStrictEquals(await waiting, reason);
  await there.call("release");
});

forEachGuarded(".guard() gives back once only, however often it is disposed of", async (object, there) => {
  const guard = await object.guard();
  await guard[Symbol.asyncDispose]();
  assertEquals(await there.call("acquire"), true);
  await guard[Symbol.asyncDispose]();
  assertEquals(await object.acquire({ block: false }), false);
  await there.call("release");
});

forEachGuarded(".guard() refuses options that are none", async (object) => {
  await assertRejects(async () => await object.guard({ timeout: NaN }), TypeError, "Cannot");
  await assertRejects(async () => await object.guard({ signal: 5 as unknown as AbortSignal }), TypeError, "Cannot");
});

forEachStartMethod("Lock.guard() that was released by hand says so at the end of the scope", async (ctx) => {
  const lock = new ctx.Lock();
  const guard = await lock.guard();
  await lock.release();
  await assertRejects(async () => await guard[Symbol.asyncDispose](), InvalidStateError, "too many times");
  assertEquals(await lock.locked(), false);
});

forEachStartMethod("RLock.guard() may be nested [LOCK-06] [LOCK-10]", async (ctx) => {
  const lock = new ctx.RLock();
  const there = await startParty(ctx, lock);
  {
    await using _outer = await lock.guard();
    {
      await using _inner = await lock.guard();
      assert(await keptOut(there));
    }
    assert(await keptOut(there));
  }
  assert(!await keptOut(there));
  await there.stop();
});

for (const kind of KINDS) {
  forEachStartMethod(
    `${kind}.guardSync() holds it to the end of the scope, also by an error [LOCK-10]`,
    async (ctx) => {
      if (!sharesMemory(ctx.getStartMethod())) return;
      const object: Guarded = new ctx[kind]();
      const there = await startParty(ctx, object);
      {
        using _ = object.guardSync();
        assert(await keptOut(there));
      }
      assert(!await keptOut(there));
      const reason = new RangeError("out of the scope");
      const scope = () => {
        using _ = object.guardSync({ timeout: 0 });
        throw reason;
      };
      assertStrictEquals(assertThrows(scope), reason);
      assert(!await keptOut(there));
      assertEquals(await there.call("guardSync"), "guarded");
      assertThrows(() => object.guardSync({ timeout: 5 }), TimeoutError, "Cannot");
      await there.call("dispose");
      const guard = object.guardSync();
      guard[Symbol.dispose]();
      assertEquals(await there.call("acquire"), true);
      guard[Symbol.dispose]();
      assertEquals(await object.acquire({ block: false }), false);
      await there.call("release");
      await there.stop();
    },
  );
}
