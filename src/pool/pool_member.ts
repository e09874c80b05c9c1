/**
 * A worker of a pool as the pool knows it: what it was sent, in which order, and what of that may be taken back.
 *
 * @module
 */

import { Fifo } from "../base/fifo.ts";
import { type Address, identity } from "../base/identity.ts";
import { node } from "../channel/node.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import type { Writer } from "../codec/writer.ts";
import type { Process } from "../process/process.ts";
import { encoded, type PoolTask, type Runner } from "./pool_task.ts";
import { Order, ORDER_SERVICE, permit, takeBack, unstarted } from "./pool_wire.ts";

// What is sent ahead of need; one task more may go beyond, of whatever size.
const AHEAD_BYTES = 1 << 18;
// Each task ahead costs a wake-up less, and so many are as good as none.
const MOST_AHEAD = 64;
// Without shared memory, what was sent cannot be taken back.
const MOST_AHEAD_UNSHARED = 4;
// Work for so many milliseconds hides the time that a message takes.
const AHEAD_MS = 2;

/** One worker. */
export class PoolMember implements Runner {
  readonly number: number;
  readonly process: Process;
  state: "starting" | "ready" | "ending" = "starting";
  /** Whether it has ever been ready. */
  served = false;
  /** Why it failed to start, if it said so. */
  failure: { readonly error: unknown } | undefined;
  /** How many tasks it may still begin. */
  quota: number;
  /** How many tasks it has done. */
  done = 0;
  /** The last lines that it wrote to its standard error. */
  readonly lastWords: { text: string; read: Promise<void> } = { text: "", read: Promise.resolve() };
  /** What it was sent and has not reported. */
  readonly #sent = new Fifo<PoolTask>();
  readonly #claims: Int32Array | undefined;
  readonly #known = new Set<number>();
  #address: Address | undefined;
  #outbox: ((writer: Writer) => void)[] = [];
  #sequence = 0;
  /** Number of the first task in `#sent`. */
  #firstSequence = 0;
  #bytesAhead = 0;
  #drained = true;
  #filling = false;
  #since = 0;
  #busyMs = 0;

  constructor(number: number, process: Process, claims: Int32Array | undefined, quota: number) {
    this.number = number;
    this.process = process;
    this.#claims = claims;
    this.quota = quota;
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

  /** It is ready for tasks. */
  ready(from: Address): void {
    this.#address = from;
    this.state = "ready";
    this.served = true;
  }

  /** Whether it is worth sending it a task, given how long one takes, in milliseconds. */
  mayTake(taskMs: number): boolean {
    if (this.state !== "ready" || !this.#drained || this.quota <= 0) return false;
    if (this.load >= 2 && this.#bytesAhead > AHEAD_BYTES) return false;
    const most = this.#claims === undefined ? MOST_AHEAD_UNSHARED : MOST_AHEAD;
    const ahead = taskMs > AHEAD_MS / 2 ? 1 : Math.min(most, Math.ceil(AHEAD_MS / taskMs));
    // Refilled by halves, so that several tasks share a message.
    if (this.load <= ahead >> 1) this.#filling = true;
    return this.#filling && this.load < ahead;
  }

  /** Gives it a task; to be sent by {@linkcode PoolMember.flush}. */
  add(task: PoolTask): void {
    const { callee, args, mode } = task;
    this.#tell(callee.number, callee.bytes);
    const sequence = this.#sequence++;
    this.#outbox.push((writer) => {
      writer.u8(Order.TASK);
      writer.u32(sequence);
      writer.u8(mode);
      writer.varuint(callee.number);
      writer.u32(args.length);
      writer.bytes(args);
    });
    this.quota--;
    this.#bytesAhead += args.length;
    if (this.#claims !== undefined) permit(this.#claims);
    task.runner = this;
    this.#sent.push(task);
    if (this.load > 1) return;
    this.#since = performance.now();
    task.begin();
  }

  /** Sends what was added. */
  flush(): void {
    this.#filling = false;
    if (this.#outbox.length === 0) return;
    const orders = this.#outbox;
    this.#outbox = [];
    this.#send((writer) => {
      for (const write of orders) write(writer);
    });
  }

  /** The first task was reported. How long it took, in milliseconds. */
  shift(): { task: PoolTask | undefined; ms: number } {
    const task = this.#sent.shift();
    this.#firstSequence++;
    this.#bytesAhead -= task?.args.length ?? 0;
    const now = performance.now();
    const ms = now - this.#since;
    this.#busyMs += ms;
    this.#since = now;
    this.done++;
    this.current?.begin();
    return { task, ms };
  }

  /** Takes back half of the tasks that it has not begun, the last ones; none where that cannot be known. */
  takeBack(): PoolTask[] {
    if (this.#claims === undefined || !this.#drained || this.load < 2) return [];
    const taken = takeBack(this.#claims, Math.ceil(unstarted(this.#claims) / 2));
    // Nothing may be sent until the worker has met what is no longer its own.
    if (taken > 0) this.#drained = false;
    return this.#remove(taken);
  }

  /** It has forgotten all that was taken back. */
  drained(): void {
    this.#drained = true;
    this.#sequence = this.#firstSequence + this.load;
  }

  /** It has ended: the tasks that it had begun, which nobody will ever know more of, and those that it had not. */
  lose(): { begun: PoolTask[]; others: PoolTask[] } {
    const waiting = this.#claims === undefined ? this.load - 1 : takeBack(this.#claims, 0xffff);
    const others = this.#remove(Math.max(0, Math.min(waiting, this.load)));
    const begun = this.#sent.drain();
    if (begun.length > 0) this.#busyMs += performance.now() - this.#since;
    return { begun, others };
  }

  /** Tells it that there will be no more tasks. */
  end(): void {
    if (this.state !== "ready") return;
    this.state = "ending";
    this.#send((writer) => writer.u8(Order.END));
  }

  abort(task: PoolTask): void {
    const place = [...this.#sent.values()].indexOf(task);
    if (place < 0) return;
    const reason = encodedReason(task.reason);
    this.flush();
    this.#send((writer) => {
      writer.u8(Order.ABORT);
      writer.u32(this.#firstSequence + place);
      writer.u32(reason.length);
      writer.bytes(reason);
    });
  }

  dismiss(_task: PoolTask): void {
    this.process.kill();
  }

  #tell(callee: number, bytes: Uint8Array): void {
    if (this.#known.has(callee)) return;
    this.#known.add(callee);
    this.#outbox.push((writer) => {
      writer.u8(Order.FUNCTION);
      writer.varuint(callee);
      writer.u32(bytes.length);
      writer.bytes(bytes);
    });
  }

  #remove(count: number): PoolTask[] {
    const all = this.#sent.drain();
    const taken = all.splice(all.length - count, count);
    for (const task of all) this.#sent.push(task);
    for (const task of taken) {
      task.requeue();
      this.#bytesAhead -= task.args.length;
      this.quota++;
    }
    return taken;
  }

  #send(build: (writer: Writer) => void): void {
    if (this.#address === undefined) return;
    node.send(this.#address, ORDER_SERVICE, build)?.catch(() => {
      // It has ended, which the node tells.
    });
  }
}

function encodedReason(reason: unknown): Uint8Array {
  const handoff = new NodeHandoff("a task of the pool", identity.address);
  try {
    return encoded(reason, handoff);
  } catch {
    return encoded(new DOMException("The task was aborted", "AbortError"), handoff);
  }
}
