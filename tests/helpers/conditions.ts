/** Conditions in tests. */
import { assertEquals } from "@std/assert";
import type { Condition, Context } from "../../mod.ts";
import { forEachStartMethod } from "./methods.ts";
import type { Party, PartyCall } from "./party.ts";

const KINDS = ["its own lock", "a Lock", "an RLock"] as const;

/** Registers a test for each lock that a condition may have. */
export function forEachLock(name: string, test: (condition: Condition, ctx: Context) => Promise<void>): void {
  for (const kind of KINDS) {
    forEachStartMethod(`${name}, with ${kind}`, (ctx) => {
      if (kind === "its own lock") return test(new ctx.Condition(), ctx);
      return test(new ctx.Condition(kind === "a Lock" ? new ctx.Lock() : new ctx.RLock()), ctx);
    });
  }
}

/** Has a party sleep. It does as soon as somebody else gets the lock. */
export async function sleepIn(party: Party, options = {}): Promise<PartyCall> {
  await party.call("acquire");
  return await party.begin("wait", options);
}

/** Nobody holds its lock. */
export async function assertFree(condition: Condition): Promise<void> {
  assertEquals(await condition.acquire({ block: false }), true);
  await condition.release();
}
