/**
 * The home of shared objects: does for other processes what they cannot do themselves as they do not share the memory. It runs the
 * very operations that a process runs on memory of its own; each guest has a slot in the arena, so that what it holds is known and
 * is released when it dies.
 *
 * @module
 */

import { ProcessError } from "../base/errors.ts";
import { type Address, identOf, isWithin } from "../base/identity.ts";
import { kindOfPrimitive } from "../sync/kinds.ts";
import { Handle } from "../sync/layout.ts";
import type { Agent } from "../sync/primitive.ts";
import { agentOf, lineageOf, territories, type Territory, territoryOf } from "../sync/program_memory.ts";
import { GuestWaits } from "../sync/waits.ts";
import { node } from "./node.ts";
import { answerCall, rejectCallsTo } from "./remote_block.ts";
import { dropLent, dropLentTo, entrustLent, noteLent } from "./shared_lease.ts";
import { type BlockName, postShared, receiveShared, type SharedMessage } from "./shared_wire.ts";

/** Somebody for whom this process acts. */
interface Guest {
  readonly address: Address;
  readonly territory: Territory;
  readonly agent: Agent;
  readonly waits: GuestWaits;
  /** What it holds, by block. */
  readonly holds: Map<number, Hold>;
}

/** A handle of a guest, and how many objects there stand for it. */
interface Hold {
  readonly handle: number;
  objects: number;
}

const guests = new Map<string, Guest>();
const running = new Map<string, { from: Address; controller: AbortController }>();

type Call = Extract<SharedMessage, { op: "call" }>;

function receive(from: Address, message: SharedMessage): void {
  if (message.op === "call") perform(from, message);
  else if (message.op === "tell") obey(from, message);
  else if (message.op === "answer") answerCall(message.call, message.ok, message.value);
  else if (message.op === "cancel") running.get(`${identOf(from)} ${message.call}`)?.controller.abort();
  else if (message.op === "hold") hold(from, message.name);
  else if (message.op === "release") release(from, message.name);
  else if (message.op === "lend") noteLent(message.key, message.custodian, message.handle, message.name);
  else if (message.op === "entrust") entrustLent(message.key, message.custodian);
  else if (message.op === "drop") dropLent(message.key);
}

async function perform(from: Address, { call, name, operation, args, timeout }: Call): Promise<void> {
  const key = `${identOf(from)} ${call}`;
  const controller = new AbortController();
  running.set(key, { from, controller });
  const outcome = await new Promise<unknown>((resolve) =>
    resolve(operate(from, name, operation, args, timeout === undefined ? [] : [{ timeout, signal: controller.signal }]))
  ).then((value) => ({ ok: true, value }), (value) => ({ ok: false, value }));
  running.delete(key);
  postShared(from, { op: "answer", call, ...outcome });
}

function obey(from: Address, { name, operation, args }: Extract<SharedMessage, { op: "tell" }>): void {
  try {
    operate(from, name, operation, args, []);
  } catch {
    // It is no more, or others have given it back: either way there is nothing left to do.
  }
}

function operate(
  from: Address,
  name: BlockName,
  operation: string,
  args: readonly unknown[],
  options: unknown[],
): unknown {
  const kind = kindOfPrimitive(name.kind);
  const work = kind?.operations[operation];
  if (kind === undefined || work === undefined) {
    throw new TypeError(`Cannot perform ${operation}: there is no such operation on a shared object`);
  }
  const words = new kind.words(guestWith(from, name).agent, name.block);
  // The caller's table of operations is this one.
  return (work as (words: unknown, ...args: unknown[]) => unknown)(words, ...args, ...options);
}

/** The guest, which holds the block from now on, so that what it holds is found when it dies. */
function guestWith(from: Address, name: BlockName): Guest {
  const territory = territoryOf(name.arena);
  if (territory === undefined) throw gone(name);
  const guest = guestOf(from, territory);
  const handle = guest.holds.get(name.block)?.handle ?? guest.agent.holder.holdIf(name.block, name.serial);
  if (handle === undefined || territory.arena.cells[handle + Handle.SERIAL] !== name.serial) throw gone(name);
  if (!guest.holds.has(name.block)) guest.holds.set(name.block, { handle, objects: 0 });
  return guest;
}

/** What has arrived at a guest lives on, even if nobody has it here any more. */
function hold(from: Address, name: BlockName): void {
  try {
    const held = guestWith(from, name).holds.get(name.block);
    if (held !== undefined) held.objects++;
  } catch (error) {
    // Gone already, of which its first call is told.
    if (!(error instanceof ProcessError)) throw error;
  }
}

function guestOf(address: Address, territory: Territory): Guest {
  const key = `${identOf(address)} ${territory.reference.id}`;
  const known = guests.get(key);
  if (known !== undefined) return known;
  const { arena, waits: ownWaits } = territory;
  const slot = arena.takeSlot(lineageOf(address), arena.self);
  const waits = new GuestWaits(ownWaits);
  const guest: Guest = { address, territory, agent: agentOf(arena, slot, waits), waits, holds: new Map() };
  guests.set(key, guest);
  return guest;
}

function release(from: Address, name: BlockName): void {
  const territory = territoryOf(name.arena);
  if (territory === undefined) return;
  const { agent, holds } = guestOf(from, territory);
  const held = holds.get(name.block);
  const kind = kindOfPrimitive(name.kind);
  if (held === undefined || kind === undefined || --held.objects > 0) return;
  if (new kind.words(agent, name.block).heldBy(agent)) return;
  holds.delete(name.block);
  agent.holder.drop(held.handle);
}

function mourn(dead: Address): void {
  dropLentTo(dead);
  rejectCallsTo(dead);
  for (const [key, { from }] of running) if (isWithin(from, dead)) running.delete(key);
  for (const [key, { address, territory, agent, waits }] of guests) {
    if (!isWithin(address, dead)) continue;
    guests.delete(key);
    waits.end();
    territory.arena.declareDead(agent.holder.slot);
  }
  // No kernel tells of the threads of this OS process.
  for (const { arena } of territories()) arena.declareLineageDead(lineageOf(dead));
}

function gone(name: BlockName): ProcessError {
  return new ProcessError(
    `Cannot reach a shared object: process ${name.home.join(".") || "0"} does not have it any more; ` +
      "keep it there as long as others use it",
  );
}

receiveShared(receive);
node.onDeath(mourn);
