/**
 * Barrier in shared words. Who arrives joins the queue; the last one runs the action and then lets the others go. Whoever comes
 * while they go counts for the next round.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { BrokenBarrierError } from "../base/errors.ts";
import { Block, Record, Status } from "./layout.ts";
import { Primitive } from "./primitive.ts";
import { dequeue, nextOf } from "./records.ts";

/** Phases, the state of the block. */
const Phase = { FILLING: 0, ACTING: 1, RELEASING: 2, RESETTING: 3, BROKEN: 4 } as const;
const PARTIES = Block.EXTRA;
const ARRIVED = Block.EXTRA + 1;
/** Who runs the action; one more than its slot. */
const ACTOR = Block.EXTRA + 2;
/** A record's number among those who arrived; this if it came too early. */
const EARLY = -1;
/** Added to the number of a record that is to act. */
const LAST = 1 << 30;

/** How somebody passed the barrier. */
export interface Passage {
  /** Number among those who arrived. */
  readonly index: number;
  /** Must run the action, and then {@linkcode BarrierWords.finish} or {@linkcode BarrierWords.break}. */
  readonly last: boolean;
}

/** A barrier in shared words. */
export class BarrierWords extends Primitive {
  /** Sets the state of a fresh block. */
  initialize(parties: number): void {
    Atomics.store(this.cells, this.block + PARTIES, parties);
  }

  /** How many are to arrive. */
  get parties(): number {
    return this.load(PARTIES);
  }

  /** How many have arrived and wait. */
  get waiting(): number {
    return this.load(Block.STATE) === Phase.FILLING ? this.load(ARRIVED) : 0;
  }

  /** Whether it is broken. */
  get broken(): boolean {
    return this.load(Block.STATE) === Phase.BROKEN;
  }

  /** Waits until all have arrived. */
  arrive(options: WaitOptions): Promise<Passage> {
    const arrival = this.#arrive(options.timeout !== undefined && options.timeout <= 0);
    if (typeof arrival !== "number") return Promise.resolve(arrival);
    return this.wait(arrival, options, (status) => this.#passed(arrival, status), () => this.#giveUp(arrival), () => {
      if (this.#leave(arrival) === Status.GRANTED && this.#infoOf(arrival) & LAST) this.#giveUpActing();
      this.agent.records.give(arrival);
    });
  }

  /** {@linkcode BarrierWords.arrive}, blocking the thread. */
  arriveSync(timeout: number): Passage {
    const arrival = this.#arrive(timeout <= 0);
    if (typeof arrival !== "number") return arrival;
    return this.waitSync(arrival, timeout, (status) => this.#passed(arrival, status), () => this.#giveUp(arrival));
  }

  /** The action is done: the others go. */
  finish(): void {
    const done = this.change(() => {
      if (!this.#isActor()) return false;
      this.store(Block.STATE, Phase.RELEASING);
      return true;
    });
    if (!done) throw broken();
  }

  /** Breaks it: whoever waits or comes is refused until {@linkcode BarrierWords.reset}. */
  break(): void {
    this.change(() => this.store(Block.STATE, Phase.BROKEN));
  }

  /** Refuses those who wait, and begins anew. */
  reset(): void {
    this.change(() => this.store(Block.STATE, Phase.RESETTING));
  }

  protected override settle(): boolean {
    const phase = this.load(Block.STATE);
    if (phase === Phase.ACTING) return false;
    const record = this.first();
    const arrived = record !== 0 && this.#infoOf(record) !== EARLY;
    if (phase === Phase.BROKEN) {
      if (record !== 0) this.answer(record, Status.REFUSED);
      else if (this.load(ARRIVED) !== 0) this.store(ARRIVED, 0);
      return record !== 0;
    }
    if (phase === Phase.FILLING) return this.#countEarly();
    if (arrived) {
      this.answer(record, phase === Phase.RELEASING ? Status.GRANTED : Status.REFUSED);
    } else {
      this.store(Block.STATE, Phase.FILLING);
      this.store(ARRIVED, 0);
    }
    return true;
  }

  protected override left(record: number, status: number): void {
    if (status === Status.WAITING && this.#infoOf(record) !== EARLY) this.store(Block.STATE, Phase.BROKEN);
  }

  protected override died(slot: number): void {
    if (this.load(Block.STATE) === Phase.ACTING && this.load(ACTOR) === slot + 1) this.store(Block.STATE, Phase.BROKEN);
  }

  /** Arrives: passes at once as the last one, or waits by a record. */
  #arrive(atOnce: boolean): Passage | number {
    this.arena.finishBurials();
    const record = this.takeRecord();
    const arrival = this.change(() => {
      const phase = this.load(Block.STATE);
      if (phase === Phase.BROKEN) return "broken";
      if (phase === Phase.FILLING) {
        const index = this.load(ARRIVED);
        if (index + 1 < this.parties && atOnce) {
          this.store(Block.STATE, Phase.BROKEN);
          return "broken";
        }
        this.store(ARRIVED, index + 1);
        if (index + 1 === this.parties) {
          this.#act(this.me);
          return { index, last: true };
        }
        this.enqueue(record, index);
        return record;
      }
      this.enqueue(record, EARLY);
      return record;
    });
    if (arrival === record) return record;
    this.agent.records.give(record);
    if (typeof arrival === "object") return arrival;
    throw broken();
  }

  #act(actor: number): void {
    this.store(Block.STATE, Phase.ACTING);
    this.store(ACTOR, actor);
  }

  /** Counts one who came too early for the last round. */
  #countEarly(): boolean {
    let record = this.first();
    while (record !== 0 && this.#infoOf(record) !== EARLY) record = nextOf(this.arena, record);
    if (record === 0) return false;
    const index = this.load(ARRIVED);
    this.store(ARRIVED, index + 1);
    const last = index + 1 === this.parties;
    this.arena.set(record + Record.INFO, last ? index | LAST : index);
    if (last) {
      this.answer(record, Status.GRANTED);
      this.#act((this.cells[record + Record.OWNER] ?? 0) + 1);
    }
    return true;
  }

  #passed(record: number, status: number): Passage {
    const info = this.#infoOf(record);
    this.agent.records.give(record);
    if (status === Status.REFUSED) throw broken();
    return { index: info & ~LAST, last: (info & LAST) !== 0 };
  }

  #giveUp(record: number): Passage {
    const status = this.#leave(record);
    if (status !== Status.WAITING) return this.#passed(record, status);
    const early = this.#infoOf(record) === EARLY;
    this.agent.records.give(record);
    throw early ? tooEarly() : broken();
  }

  /** Stops waiting, if it still did: nobody can pass any more then. At once, as whoever leaves may die and was counted. */
  #leave(record: number): number {
    return this.change(() => {
      const status = Atomics.load(this.cells, record + Record.STATUS);
      if (status === Status.WAITING) {
        dequeue(this.arena, record, Status.FREE);
        // Who came too early was not, and is not waited for in the round that goes on.
        if (this.#infoOf(record) !== EARLY) this.store(Block.STATE, Phase.BROKEN);
      }
      return status;
    });
  }

  /** Breaks it, if the others still wait for what this process was to do. */
  #giveUpActing(): void {
    this.change(() => {
      if (this.#isActor()) this.store(Block.STATE, Phase.BROKEN);
    });
  }

  #isActor(): boolean {
    return this.load(Block.STATE) === Phase.ACTING && this.load(ACTOR) === this.me;
  }

  #infoOf(record: number): number {
    return Atomics.load(this.cells, record + Record.INFO);
  }
}

function tooEarly(): BrokenBarrierError {
  return new BrokenBarrierError(
    "Cannot pass the barrier: the time was up while those of the round before still passed it; wait longer",
  );
}

function broken(): BrokenBarrierError {
  return new BrokenBarrierError("Cannot pass the barrier: it is broken; reset() makes it whole");
}
