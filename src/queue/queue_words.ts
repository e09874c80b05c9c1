/**
 * A queue in shared words: who puts, gets, joins or watches, and who of them goes on. All who wait do so in the block's one queue, told
 * apart by their records. An item that was handed to a process is that process's only when it has copied it out: if it dies before,
 * the item goes back to the front.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { Empty, Full, InvalidStateError, ShutDown } from "../base/errors.ts";
import type { Lease } from "../channel/pipe_wire.ts";
import { Block, Record, Status } from "../sync/layout.ts";
import { nextOf } from "../sync/records.ts";
import { dropLeases, leasesIn } from "./item_leases.ts";
import { ItemChain, type OfferedItem } from "./queue_items.ts";
import { readCopy } from "./scratch.ts";
import { smallItem } from "./small_item.ts";

/** The most items there may be, 0 without bound; the sign says that it was shut down. */
const BOUND = Block.EXTRA + 3;
const CLOSED = 1 << 31;

/** Why a record waits, in its INFO for those that have no item; else INFO is the item's unit. */
const GETTER = 0;
const JOINER = -1;
const WATCHER = -2;

/** A queue in shared words. */
export class QueueWords extends ItemChain {
  /** Sets the state of a fresh block. */
  initialize(bound: number): void {
    this.cells[this.block + BOUND] = bound;
  }

  /** Whether there is something to get, or never will be. */
  get readable(): boolean {
    return this.size > 0 || this.#closed;
  }

  /** The most there may be; 0 without bound. */
  get bound(): number {
    return this.load(BOUND) & ~CLOSED;
  }

  get #closed(): boolean {
    return this.load(BOUND) < 0;
  }

  /**
   * Puts an item at the end, or rejects.
   *
   * @param limit Says what else ends a wait, if it comes to one.
   */
  put(bytes: Uint8Array, options: WaitOptions, limit = (options: WaitOptions) => options): Promise<boolean> | boolean {
    const record = this.#begin(bytes, isAtOnce(options.timeout));
    if (record === undefined) return true;
    return this.wait(
      record,
      limit(options),
      (status) => this.#wasPut(record, status),
      () => this.#putExpired(record),
      () => void this.#withdrawItem(record),
    );
  }

  /** {@linkcode QueueWords.put}, blocking the thread. */
  putSync(bytes: Uint8Array, timeout: number): void {
    const record = this.#begin(bytes, isAtOnce(timeout));
    if (record === undefined) return;
    this.waitSync(record, timeout, (status) => this.#wasPut(record, status), () => this.#putExpired(record));
  }

  /**
   * Takes the first item.
   *
   * @param read What is made of it; its bytes are valid only during the call.
   * @param limit Says what else ends a wait, if it comes to one.
   */
  take<R>(
    options: WaitOptions,
    read: (bytes: Uint8Array) => R,
    limit = (options: WaitOptions) => options,
  ): R | Promise<R> {
    if (this.#copySmall()) return smallItem.use(read);
    const record = this.#seek(isAtOnce(options.timeout));
    if (this.#has(record)) return this.#carryOff(record, read);
    return this.#waitForItem(record, limit(options)).then((record) => this.#carryOff(record, read));
  }

  /** {@linkcode QueueWords.take}, blocking the thread. */
  takeSync<R>(timeout: number, read: (bytes: Uint8Array) => R): R {
    if (this.#copySmall()) return smallItem.use(read);
    const record = this.#seek(isAtOnce(timeout));
    if (!this.#has(record)) {
      this.waitSync(record, timeout, (status) => this.#got(record, status), () => this.#getExpired(record));
    }
    return this.#carryOff(record, read);
  }

  /** {@linkcode QueueWords.take} for somebody else: the item goes back if that one dies before it is {@linkcode QueueWords.received}. */
  async offer(options: WaitOptions): Promise<OfferedItem> {
    const record = this.#seek(isAtOnce(options.timeout));
    if (!this.#has(record)) await this.#waitForItem(record, options);
    return { bytes: this.bytesOf(Atomics.load(this.cells, record + Record.INFO)).slice(), record };
  }

  /** An item that was offered has arrived. */
  received(record: number): void {
    this.freeItemOf(record);
  }

  /** An item that was offered is not wanted after all. */
  putBack(record: number): void {
    this.change(() => this.putInPlace(record));
    this.agent.records.give(record);
  }

  /** One item less is unfinished. */
  taskDone(): void {
    this.change(() => {
      if (this.unfinished === 0) {
        throw new InvalidStateError("Cannot mark a task as done: task_done() called too many times");
      }
      this.finishOne();
    });
  }

  /** Waits until no item is unfinished; whether that came to be. */
  join(options: WaitOptions): Promise<boolean> | boolean {
    const record = this.#joinWait(options.timeout ?? Infinity);
    if (typeof record === "boolean") return record;
    const leave = () => this.stopWaiting(record);
    return this.wait(record, options, () => this.heard(record), leave, leave);
  }

  /** {@linkcode QueueWords.join}, blocking the thread. */
  joinSync(timeout: number): boolean {
    const record = this.#joinWait(timeout);
    return typeof record === "boolean"
      ? record
      : this.waitSync(record, timeout, () => this.heard(record), () => this.stopWaiting(record));
  }

  /** Waits until there may be something to get. */
  watch(options: WaitOptions): Promise<boolean> {
    const record = this.takeRecord();
    this.change(() => this.enqueue(record, WATCHER));
    const leave = () => this.stopWaiting(record);
    return this.wait(record, options, () => this.heard(record), leave, leave);
  }

  /** Takes no more items, and gives out those there are; none of them, if `immediate`. */
  shutDown(immediate: boolean): void {
    this.change(() => this.store(BOUND, this.load(BOUND) | CLOSED));
    while (immediate && this.#discard());
  }

  /** Gives the memory of all items back; nobody holds the queue any more. */
  override destroy(): void {
    while (this.#discard());
    this.giveSpare();
  }

  /** Throws the first item away, and what travels in it; whether there was one. */
  #discard(): boolean {
    let leases: readonly Lease[] = [];
    const there = this.discardFirst((bytes) => leases = leasesIn(bytes));
    dropLeases(leases);
    return there;
  }

  protected override settle(): boolean {
    if (this.first() === 0) return false;
    const somebodyGoesOn = this.#feedGetter() || this.#admitPutter() || this.#releaseJoiners() || this.#tellWatchers();
    return somebodyGoesOn && this.first() !== 0;
  }

  protected override left(record: number, status: number): void {
    const info = Atomics.load(this.cells, record + Record.INFO);
    if (info <= 0) return;
    // Handed out, and not carried off. What was not put yet goes with whoever was to put it.
    if (status === Status.GRANTED) return this.putInPlace(record);
    // Before it waits, it may be half-written.
    const leases = status === Status.HOLDING ? [] : leasesIn(this.bytesOf(info));
    this.free(info);
    this.arena.afterwards(() => dropLeases(leases));
  }

  // -- Putting --------------------------------------------------------------------------------------------------------------------

  /** Puts an item at the end, or has a record wait for that. */
  #begin(bytes: Uint8Array, atOnce: boolean): number | undefined {
    if (this.change(() => !this.#closed && this.#hasRoom() && this.addSmall(bytes))) return undefined;
    const record = this.bring(bytes);
    let outcome = this.#link(record, atOnce);
    if (outcome === "full") {
      this.afterDeaths();
      outcome = this.#link(record, atOnce);
    }
    if (outcome === "waits") return record;
    if (outcome === "closed") return this.#takeBack(record, shutDown("put"));
    if (outcome === "full") return this.#takeBack(record, new Full("Cannot put: the queue is full"));
    this.agent.records.give(record);
    return undefined;
  }

  #link(record: number, atOnce: boolean): "linked" | "full" | "waits" | "closed" {
    return this.change(() => {
      if (this.#closed) return "closed";
      const unit = Atomics.load(this.cells, record + Record.INFO);
      if (this.#hasRoom()) {
        this.toEnd(unit);
        this.arena.set(record + Record.INFO, 0);
        this.arena.set(record + Record.STATUS, Status.FREE);
        return "linked";
      }
      if (atOnce) return "full";
      this.enqueue(record, unit);
      return "waits";
    });
  }

  /** Whether one more may be put, by whoever comes now. */
  #hasRoom(): boolean {
    const { bound } = this;
    return bound === 0 || (this.size < bound && !this.#somebodyPuts());
  }

  #wasPut(record: number, status: number): boolean {
    if (status === Status.REFUSED) this.#takeBack(record, shutDown("put"));
    this.agent.records.give(record);
    return true;
  }

  #putExpired(record: number): boolean {
    if (this.#withdrawItem(record)) throw new Full("Cannot put: the queue stayed full for as long as was to be waited");
    return true;
  }

  /** Whether the item was not put. */
  #withdrawItem(record: number): boolean {
    // Its item is found with it until it is freed.
    if (this.withdraw(record, Status.HOLDING) === Status.GRANTED) {
      this.agent.records.give(record);
      return false;
    }
    this.freeItemOf(record);
    return true;
  }

  /** Frees what was not put, and throws. */
  #takeBack(record: number, error: Error): never {
    this.freeItemOf(record);
    throw error;
  }

  // -- Getting --------------------------------------------------------------------------------------------------------------------

  /** A record that has the first item, or waits for one. */
  #seek(atOnce: boolean): number {
    const record = this.takeRecord();
    let outcome = this.#takeOrWait(record, atOnce);
    if (outcome === "empty") {
      // The dead may have had it.
      this.afterDeaths();
      outcome = this.#takeOrWait(record, atOnce);
    }
    if (outcome === "got" || outcome === "waits") return record;
    this.agent.records.give(record);
    throw outcome === "closed" ? shutDown("get") : new Empty("Cannot get: the queue is empty");
  }

  #takeOrWait(record: number, atOnce: boolean): "got" | "waits" | "closed" | "empty" {
    return this.change(() => {
      if (this.handOver(record)) return "got";
      if (this.#closed) return "closed";
      if (atOnce) return "empty";
      this.enqueue(record, GETTER);
      return "waits";
    });
  }

  /** Takes the first item into {@linkcode smallItem}, if it is small. */
  #copySmall(): boolean {
    if (this.size === 0) return false;
    smallItem.size = this.change(() => this.takeSmall(smallItem.bytes));
    return smallItem.size >= 0;
  }

  /** Resolves with the record when it has an item. */
  #waitForItem(record: number, options: WaitOptions): Promise<number> {
    return this.wait(
      record,
      options,
      (status) => this.#got(record, status),
      () => this.#getExpired(record),
      () => this.#giveUpGetting(record),
    );
  }

  #carryOff<R>(record: number, read: (bytes: Uint8Array) => R): R {
    return this.carryOff(record, (bytes) => readCopy(bytes, read));
  }

  #has(record: number): boolean {
    return Atomics.load(this.cells, record + Record.STATUS) === Status.GRANTED;
  }

  #got(record: number, status: number): number {
    if (status === Status.GRANTED) return record;
    this.agent.records.give(record);
    throw shutDown("get");
  }

  #getExpired(record: number): number {
    const status = this.withdraw(record);
    if (status === Status.GRANTED) return record;
    this.agent.records.give(record);
    throw status === Status.REFUSED
      ? shutDown("get")
      : new Empty("Cannot get: the queue stayed empty for as long as was to be waited");
  }

  /** What came is for others. */
  #giveUpGetting(record: number): void {
    if (this.withdraw(record) === Status.GRANTED) this.putBack(record);
    else this.agent.records.give(record);
  }

  // -- Who goes on ----------------------------------------------------------------------------------------------------------------

  /** The first who waits for something. */
  #find(wanted: (info: number) => boolean): number {
    let record = this.first();
    while (record !== 0 && !wanted(Atomics.load(this.cells, record + Record.INFO))) record = nextOf(this.arena, record);
    return record;
  }

  #somebodyPuts(): boolean {
    return this.#find((info) => info > 0) !== 0;
  }

  #feedGetter(): boolean {
    const available = this.size > 0;
    if (!available && !this.#closed) return false;
    const record = this.#find((info) => info === GETTER);
    if (record === 0) return false;
    if (available) this.arena.set(record + Record.INFO, this.unlinkFirst());
    this.answer(record, available ? Status.GRANTED : Status.REFUSED);
    return true;
  }

  #admitPutter(): boolean {
    const closed = this.#closed;
    if (!closed && this.size >= this.bound) return false;
    const record = this.#find((info) => info > 0);
    if (record === 0) return false;
    if (!closed) {
      this.toEnd(Atomics.load(this.cells, record + Record.INFO));
      this.arena.set(record + Record.INFO, 0);
    }
    this.answer(record, closed ? Status.REFUSED : Status.GRANTED);
    return true;
  }

  #releaseJoiners(): boolean {
    if (this.unfinished > 0) return false;
    const record = this.#find((info) => info === JOINER);
    if (record !== 0) this.answer(record, Status.GRANTED);
    return record !== 0;
  }

  #tellWatchers(): boolean {
    const record = this.readable ? this.#find((info) => info === WATCHER) : 0;
    if (record !== 0) this.answer(record, Status.GRANTED);
    return record !== 0;
  }

  #joinWait(timeout: number): number | boolean {
    const record = this.takeRecord();
    const waits = this.change(() => {
      if (this.unfinished === 0 || isAtOnce(timeout)) return false;
      this.enqueue(record, JOINER);
      return true;
    });
    if (waits) return record;
    this.agent.records.give(record);
    return this.unfinished === 0;
  }
}

function isAtOnce(timeout: number | undefined): boolean {
  return timeout !== undefined && timeout <= 0;
}

function shutDown(what: string): ShutDown {
  return new ShutDown(`Cannot ${what}: the queue was shut down`);
}
