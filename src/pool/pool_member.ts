/**
 * A worker of a pool as the pool knows it: what it was sent, in which order, and what of that may be taken back.
 *
 * @module
 */

import { Fifo } from "../base/fifo.ts";
import { type Address, addressOf, identity } from "../base/identity.ts";
import { node } from "../channel/node.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import type { Writer } from "../codec/writer.ts";
import type { Process } from "../process/process.ts";
import { after } from "./alarms.ts";
import { type Callee, encoded, PoolTask, type Runner } from "./pool_task.ts";
import { isLatest, Order, ORDER_SERVICE, permit, takeBack, unstarted, What } from "./pool_wire.ts";

// What is sent ahead of need, and in one message; one task more may go beyond, of whatever size, in a message of its own.
const AHEAD_BYTES = 1 << 18;
// Each task ahead costs a wake-up less, and so many are as good as none.
const MOST_AHEAD = 1024;
// Work for so many milliseconds hides the time that a message takes.
const AHEAD_MS = 2;
// How long a process may take to hear that it is to end, or one that listens for SIGTERM to end.
const STOP_MS = 1000;
// How long what its tasks have left behind may keep one that is to end.
const END_MS = 1000;

/** An order that is to be sent. */
type Entry = PoolTask | Callee | ((writer: Writer) => void);

/** What a worker is known by, and where its tasks go back to. */
export interface MemberInit {
  readonly number: number;
  readonly process: Process;
  /** See `pool_wire.ts`. */
  readonly claims: Int32Array | undefined;
  /** How many tasks it may do. */
  readonly quota: number;
  /** Takes tasks that it will not do after all. */
  readonly giveBack: (tasks: readonly PoolTask[]) => void;
}

/** One worker. */
export class PoolMember implements Runner {
  readonly number: number;
  readonly process: Process;
  state: "starting" | "ready" | "ending" = "starting";
  /** Whether it has ever been ready. */
  served = false;
  /** Whether it has ended, or is about to. */
  doomed = false;
  /** Whether that was the pool's wish. */
  dismissed = false;
  /** Why it failed to start, if it said so. */
  failure: { readonly error: unknown } | undefined;
  /** How many tasks it may still begin. */
  quota: number;
  /** How many tasks it has done. */
  done = 0;
  /** What it was sent and has not reported. */
  readonly #sent = new Fifo<PoolTask>();
  readonly #claims: Int32Array | undefined;
  readonly #giveBack: (tasks: readonly PoolTask[]) => void;
  readonly #known = new Set<number>();
  #address: Address | undefined;
  #outbox: Entry[] = [];
  #sequence = 0;
  /** Number of the first task in `#sent`. */
  #firstSequence = 0;
  #bytesAhead = 0;
  /** How many times it was told to drop tasks, and has not said that it has. */
  #recalls = 0;
  /** Without a word: whether it said that it has begun the first task. */
  #begun = false;
  /** How many tasks were taken from it when its end was seen. */
  #frozen = 0;
  #filling = false;
  #since = 0;
  #busyMs = 0;
  #callOff = () => {};

  constructor({ number, process, claims, quota, giveBack }: MemberInit) {
    this.number = number;
    this.process = process;
    this.#claims = claims;
    this.quota = quota;
    this.#giveBack = giveBack;
  }

  /** How many tasks it has. */
  get load(): number {
    return this.#sent.length;
  }

  /** The task that it is at. */
  get current(): PoolTask | undefined {
    return this.#sent.first;
  }

  /** How long it has been at work, in milliseconds. */
  get busyMs(): number {
    return this.#busyMs + (this.load > 0 ? performance.now() - this.#since : 0);
  }

  /** Where it is, if it was launched. */
  get address(): Address | undefined {
    const { ident, pid } = this.process;
    if (ident !== undefined && pid !== undefined) this.#address ??= addressOf(ident);
    return this.#address;
  }

  /** It is ready for tasks. */
  ready(): void {
    this.state = "ready";
    this.served = true;
  }

  /** Whether it is worth sending it a task, given how long one takes, in milliseconds. */
  mayTake(taskMs: number): boolean {
    if (this.state !== "ready" || this.doomed || this.#recalls > 0 || this.quota <= 0) return false;
    if (this.load >= 2 && this.#bytesAhead > AHEAD_BYTES) return false;
    // Without shared memory, what was sent could not be taken back.
    const isOne = taskMs > AHEAD_MS / 2 || this.#claims === undefined;
    const ahead = isOne ? 1 : Math.min(MOST_AHEAD, Math.ceil(AHEAD_MS / taskMs));
    // Refilled by halves, so that several tasks share a message.
    if (this.load <= ahead >> 1) this.#filling = true;
    return this.#filling && this.load < ahead;
  }

  /** Gives it a task; to be sent by {@linkcode PoolMember.flush}. */
  add(task: PoolTask): void {
    const { job: { callee }, args } = task;
    if (!this.#known.has(callee.number)) {
      this.#known.add(callee.number);
      this.#outbox.push(callee);
    }
    task.sequence = this.#sequence++;
    task.runner = this;
    this.#outbox.push(task);
    this.quota--;
    this.#bytesAhead += args.length;
    if (this.#claims !== undefined) permit(this.#claims);
    this.#sent.push(task);
    if (this.load > 1) return;
    this.#since = performance.now();
    task.begin();
  }

  /** Sends what was added. */
  flush(): void {
    this.#filling = false;
    const { address } = this;
    if (this.#outbox.length === 0 || address === undefined || !this.served) return;
    const outbox = this.#outbox;
    this.#outbox = [];
    for (const orders of messagesOf(outbox)) {
      node.send(address, ORDER_SERVICE, (writer) => {
        for (const order of orders) write(writer, order);
      })?.catch(() => {
        // It has ended, which the node tells.
      });
    }
  }

  /** It says something of itself. */
  heard(what: number): void {
    // Where it has no word, it says that it begins a task.
    if (what === What.BEGUN) this.#begun = true;
    // However long that takes, it is not stuck.
    else if (what === What.LEAVING) this.#callOff();
  }

  /** How long it has been at the first task, in milliseconds. */
  msSince(now: number): number {
    return now - this.#since;
  }

  /** The first task was reported, now. */
  shift(now: number): PoolTask | undefined {
    const task = this.#sent.shift();
    task?.release();
    this.#firstSequence++;
    this.#begun = false;
    this.#bytesAhead -= task?.args.length ?? 0;
    this.#busyMs += this.msSince(now);
    this.#since = now;
    this.done++;
    if (this.load === 0) this.#endSoon();
    this.current?.begin();
    return task;
  }

  /** Gives back half of the tasks that it has not begun, the last ones. Whether it did. */
  giveBackHalf(): boolean {
    if (this.#claims === undefined || this.load < 2) return false;
    const taken = this.#takeBack(Math.ceil(unstarted(this.#claims) / 2));
    if (taken.length > 0) this.#giveBack(taken);
    return taken.length > 0;
  }

  /** It has dropped what was taken back. */
  drained(): void {
    if (--this.#recalls === 0) this.#sequence = this.#firstSequence + this.load;
  }

  /** It is about to end: nothing more of what it has will be begun. */
  freeze(): void {
    this.doomed = true;
    if (this.#claims !== undefined) this.#frozen += takeBack(this.#claims, this.load);
  }

  /** It has ended: the tasks that it had begun, which nobody will ever know more of, and those that it had not. */
  lose(): { begun: PoolTask[]; others: PoolTask[] } {
    this.#callOff();
    const waiting = this.#claims === undefined
      ? this.load - Number(this.#begun)
      : this.#frozen + takeBack(this.#claims, this.load);
    const others = this.#remove(waiting);
    const begun = this.#sent.drain();
    if (begun.length > 0) this.#busyMs += performance.now() - this.#since;
    for (const task of begun) task.release();
    return { begun, others };
  }

  /** Tells it that there will be no more tasks. */
  end(): void {
    if (this.state !== "ready") return;
    this.state = "ending";
    this.dismissed = true;
    this.#outbox.push((writer) => writer.u8(Order.END));
    this.flush();
    this.#endSoon();
  }

  /** If it is to end: what its tasks have begun without waiting for it has some time. */
  #endSoon(): void {
    if (this.state !== "ending" || this.load > 0 || this.doomed) return;
    this.#callLater(after(END_MS, () => {
      this.#outbox.push((writer) => writer.u8(Order.LEAVE));
      this.flush();
      this.#callLater(after(STOP_MS, () => this.stop()));
    }));
  }

  /** Ends it at once, or when it has started. */
  stop(): void {
    const { process } = this;
    this.dismissed = true;
    this.freeze();
    if (process.pid === undefined || !process.isAlive()) return;
    process.terminate();
    this.#callLater(process.isAlive() ? after(STOP_MS, () => process.kill()) : () => {});
  }

  /** In place of what was to come: only now, as the first timer of a program loads the runtime's, in which promises go on. */
  #callLater(callOff: () => void): void {
    this.#callOff();
    this.#callOff = callOff;
  }

  isAt(task: PoolTask): boolean {
    return this.#claims === undefined || isLatest(this.#claims, task.sequence);
  }

  withdraw(task: PoolTask): boolean {
    if (this.#claims === undefined) return false;
    const behind = this.#firstSequence + this.load - task.sequence;
    const taken = behind > 0 ? this.#takeBack(behind) : [];
    if (taken.length > 0) this.#giveBack(taken.filter((each) => each !== task));
    return taken.includes(task);
  }

  abort(task: PoolTask): void {
    const reason = encodedReason(task.reason);
    this.#outbox.push((writer) => {
      writer.u8(Order.ABORT);
      writer.u32(task.sequence);
      writer.u32(reason.length);
      writer.bytes(reason);
    });
    this.flush();
  }

  dismiss(task: PoolTask): void {
    if (this.#claims !== undefined) {
      // From here on it begins nothing else, which would be ended in place of this one.
      const behind = this.#takeBack(this.load);
      if (behind.length > 0) this.#giveBack(behind);
      // It is done, and its report on the way.
      if (!this.isAt(task) && !behind.includes(task)) return;
    }
    this.doomed = this.dismissed = true;
    if (this.process.isAlive()) this.process.kill();
  }

  #takeBack(atMost: number): PoolTask[] {
    if (this.#claims === undefined) return [];
    const taken = this.#remove(takeBack(this.#claims, atMost));
    if (taken.length === 0) return taken;
    this.#outbox = this.#outbox.filter((order) => !(order instanceof PoolTask && taken.includes(order)));
    // Nothing may be sent until the worker has dropped what is no longer its own.
    this.#recalls++;
    this.#outbox.push((writer) => writer.u8(Order.RECALL));
    return taken;
  }

  #remove(count: number): PoolTask[] {
    if (count === 0) return [];
    const all = this.#sent.drain();
    const taken = all.splice(all.length - count, count);
    for (const task of all) this.#sent.push(task);
    for (const task of taken) {
      task.release();
      this.#bytesAhead -= task.args.length;
      this.quota++;
    }
    return taken;
  }
}

/** Orders by the messages that they share. */
function messagesOf(orders: readonly Entry[]): readonly (readonly Entry[])[] {
  const messages: Entry[][] = [[]];
  let bytes = 0;
  for (const order of orders) {
    const size = sizeOf(order);
    if (bytes > 0 && bytes + size > AHEAD_BYTES) {
      messages.push([]);
      bytes = 0;
    }
    messages.at(-1)?.push(order);
    bytes += size;
  }
  return messages;
}

function sizeOf(order: Entry): number {
  if (typeof order === "function") return 0;
  return order instanceof PoolTask ? order.args.length : order.bytes.length;
}

function write(writer: Writer, order: Entry): void {
  if (typeof order === "function") return order(writer);
  if (order instanceof PoolTask) {
    const { sequence, job: { mode, callee }, args } = order;
    writer.u8(Order.TASK);
    writer.u32(sequence);
    writer.u8(mode);
    writer.varuint(callee.number);
    writer.u32(args.length);
    writer.bytes(args);
  } else {
    writer.u8(Order.FUNCTION);
    writer.varuint(order.number);
    writer.u32(order.bytes.length);
    writer.bytes(order.bytes);
  }
}

function encodedReason(reason: unknown): Uint8Array {
  const handoff = new NodeHandoff("a task of the pool", identity.address);
  try {
    return encoded(reason, handoff);
  } catch {
    // A reason that cannot be sent.
    return encoded(new DOMException("The task was aborted", "AbortError"), handoff);
  }
}
