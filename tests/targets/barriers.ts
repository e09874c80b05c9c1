/** What children do with barriers. */
import { type Barrier, type Connection, share } from "../../mod.ts";

/** How somebody passed: the index of each round, and how often the action ran in its process. */
export interface Passes {
  indices: number[];
  actions: number;
}

/** What a child tells. */
export type Told = "ready" | Passes;

let passes = 0;

/** The action of a barrier: counts the passes that ended in this process. */
export function countPass(): void {
  passes++;
}

/** The action of a barrier that fails. */
export function failPass(): void {
  throw new RangeError("the action failed");
}

/** The action of a barrier during which its process is killed; to be called in a child only. */
export function killDuringPass(): void {
  Deno.kill(Deno.pid, "SIGKILL");
}

/** Tells how many passes ended in this process. */
export function passesHere(): number {
  return passes;
}

/** Says that it is there, passes as often as told, then tells how. */
export async function pass(
  barrier: Barrier,
  to: Connection<Told>,
  rounds: number,
): Promise<void> {
  await to.send("ready");
  const before = passes;
  const indices: number[] = [];
  for (let round = 0; round < rounds; round++) indices.push(await barrier.wait());
  await to.send({ indices, actions: passes - before });
}

/** {@linkcode pass} without an event loop. */
export async function passSync(
  barrier: Barrier,
  to: Connection<Told>,
  rounds: number,
): Promise<void> {
  await to.send("ready");
  const before = passes;
  const indices: number[] = [];
  for (let round = 0; round < rounds; round++) indices.push(barrier.waitSync());
  await to.send({ indices, actions: passes - before });
}

share(import.meta, { countPass, failPass, killDuringPass, pass, passSync });
