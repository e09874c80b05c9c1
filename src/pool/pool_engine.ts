/**
 * What drives a pool: gives tasks to workers, hears what came of them, replaces workers that have ended.
 *
 * @module
 */

import { InvalidStateError } from "../base/errors.ts";
import { keepProgram } from "../base/keep_program.ts";
import { node } from "../channel/node.ts";
import { nextAlarm, ringAlarms } from "./alarms.ts";
import { LATE, needsTurn, unheard, unshared, withinCallback } from "./needs_turn.ts";
import type { PoolMember } from "./pool_member.ts";
import { PoolCounters, type PoolStats } from "./pool_stats.ts";
import { PoolQueue, type Supply, type TaskList } from "./pool_queue.ts";
import { OpenTasks } from "./open_tasks.ts";
import { type Job, PoolTask, type Resolvers, type TaskOwner } from "./pool_task.ts";
import { type Death, endMournings, recruit, type Recruiter, type WorkerExit } from "./pool_recruiter.ts";
import { What } from "./pool_wire.ts";
import { readReport } from "./unreadable.ts";

/** What a pool is made with. */
export interface EngineInit extends Recruiter {
  readonly processes: number;
  readonly onWorkerExit: ((exit: WorkerExit) => void) | undefined;
  /** Whose engine it is. */
  readonly pool: WeakRef<object>;
}

// So many starts in a row that fail are no accident.
const MOST_FAILURES = 3;

/** The working part of a pool. It holds the pool only while there is work, so that one that is dropped then can be ended. */
export class PoolEngine implements TaskOwner {
  state: "RUN" | "CLOSE" | "TERMINATE" = "RUN";
  readonly queue: PoolQueue = new PoolQueue();
  readonly #init: EngineInit;
  readonly #members = new Set<PoolMember>();
  readonly #counters = new PoolCounters();
  readonly #over = Promise.withResolvers<void>();
  /** Workers that have ended, with which the runtime is not done yet. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #born = performance.now();
  /** Tasks that have not come to an end. */
  readonly #open = new OpenTasks<PoolTask>();
  #held: object | undefined;
  /** How many things are being done that call the user back. */
  #calls = 0;
  /** How many tasks there are of which it takes a turn of the event loop to read what was told. */
  #late = 0;
  #broken: { readonly error: unknown } | undefined;
  #failures = 0;
  #pumping = false;
  #hurried = false;

  constructor(init: EngineInit) {
    this.#init = init;
    for (let count = 0; count < init.processes; count++) this.#recruit();
  }

  /** How many workers it has when all is well. */
  get size(): number {
    return this.#init.processes;
  }

  /** How many tasks of a job may be under way or wait to be taken, so that no worker is idle. */
  get readAhead(): number {
    if (this.#hurried) return Infinity;
    const each = this.#counters.taskMs > 1 ? 2 : 16;
    return each * this.size;
  }

  /** Throws unless tasks may be submitted. */
  assertRunning(): void {
    if (this.state === "RUN") return;
    const how = this.state === "CLOSE" ? "closed" : "terminated";
    throw new InvalidStateError(`Cannot submit to the pool: Pool not running, it was ${how}; make another one`);
  }

  /**
   * Makes a task, to be given out by a supply.
   *
   * @throws {TypeError} If an argument cannot be sent.
   */
  make(job: Job, args: readonly unknown[], outcome: Resolvers): PoolTask {
    const task = new PoolTask(this, job, args, outcome);
    this.#open.add(task);
    if (this.#open.size === 1) this.#busy(true);
    // To encode it may have called the user's code.
    if (this.state === "TERMINATE") task.settle(false, terminated());
    else if (job.options.signal?.aborted) task.end(job.options.signal.reason);
    return task;
  }

  /** Makes a task and puts it in a list; one that cannot be made fails. Whether it was made. */
  submit(list: TaskList, job: Job, args: readonly unknown[], outcome: Resolvers): boolean {
    const { signal } = job.options;
    try {
      signal?.throwIfAborted();
      const task = this.make(job, args, outcome);
      list.push(task);
      return !task.over;
    } catch (error) {
      outcome.reject(error);
      return false;
    }
  }

  ended(task: PoolTask, ok: boolean, value: unknown): void {
    this.#counters.ended(ok, performance.now() - task.submitted);
    if (this.#open.delete(task) && this.#open.size === 0) this.#busy(false);
    this.#calling(() => ok ? task.outcome.resolve(value) : task.outcome.reject(value));
    if (this.#open.size === 0) this.#finish();
  }

  late(isLate: boolean): void {
    this.#late += isLate ? 1 : -1;
  }

  /** Takes on a job; to begin it may have called the user's code, which may have ended the pool. */
  supply(supply: Supply): void {
    this.queue.add(supply);
    if (this.state === "TERMINATE") this.#fail(terminated());
  }

  /** Gives out what there is, to whoever has room. */
  pump(): void {
    if (this.#broken !== undefined) return this.#fail(this.#broken.error);
    // Taking a task may call the user's code, which may submit another.
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      do this.#giveOut(); while (this.#level());
    } finally {
      this.#pumping = false;
    }
    for (const member of this.#members) member.flush();
    if (this.#open.size === 0) this.#finish();
  }

  /** No more tasks; those that were submitted are done. */
  close(): void {
    if (this.state !== "RUN") return;
    this.state = "CLOSE";
    this.#finish();
  }

  /** Somebody waits for all to be done, so nothing may be held back. */
  hurry(): void {
    this.#hurried = true;
    this.pump();
  }

  /** Ends all at once. */
  terminate(): void {
    this.state = "TERMINATE";
    this.#drop(terminated());
    for (const member of this.#members) member.stop();
    if (this.#members.size === 0) this.#over.resolve();
  }

  /** Whether all workers have ended, for good. */
  get isOver(): boolean {
    return this.state !== "RUN" && this.#members.size === 0;
  }

  /**
   * Blocks the thread, in which the workers' reports are heard and the queue is worked off, until something is done or the time is up.
   *
   * @param timeout Milliseconds.
   * @param late Whether it takes a turn of the event loop.
   * @param what What is waited for, in words.
   * @throws {NotSupportedError} If it takes a turn of the event loop, or the workers share no memory with this process.
   * @throws {InvalidStateError} Within a callback of the pool.
   */
  blockUntil(done: () => boolean, timeout: number, late: () => boolean, what: string): void {
    const end = performance.now() + timeout;
    for (;;) {
      endMournings();
      if (done()) return;
      const refusal = this.#refusal(late, what);
      // Who only asks is not refused: it is not done.
      if (refusal !== undefined && timeout <= 0) return;
      if (refusal !== undefined) throw refusal;
      const until = Math.min(end, nextAlarm());
      const look = () => {
        endMournings();
        return done() || this.#refusal(late, what) !== undefined || nextAlarm() < until;
      };
      node.bell.waitSync(look, until - performance.now());
      ringAlarms();
      if (performance.now() >= end) return;
    }
  }

  /** Blocks the thread until all workers have ended; throws as {@linkcode PoolEngine.blockUntil}. */
  blockUntilOver(): void {
    const late = () => this.#late > 0 || this.queue.awaited;
    this.blockUntil(() => this.isOver, Infinity, late, "until the pool has ended");
  }

  /** Throws what {@linkcode PoolEngine.blockUntil} would, before anything is done that is to be waited for. */
  checkMayBlock(): void {
    endMournings();
    // Then nothing is left to wait for.
    if (this.#broken !== undefined || this.isOver) return;
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
  }

  /** Resolves when all workers have ended. */
  async allEnded(): Promise<void> {
    keepProgram.begin();
    try {
      await this.#over.promise;
      // A thread that has blocked for their ends may be ahead of the runtime.
      await Promise.all(this.#leaving);
    } finally {
      keepProgram.end();
    }
  }

  /** What it tells about its work. */
  stats(): PoolStats {
    const { done, failed, restarts, busyMs } = this.#counters;
    const members = [...this.#members];
    const running = members.reduce((sum, { load }) => sum + load, 0);
    const busy = members.reduce((sum, member) => sum + member.busyMs, busyMs);
    return {
      workers: members.length,
      idle: members.filter(({ load, state }) => load === 0 && state === "ready").length,
      queued: this.queue.length,
      running,
      done,
      failed,
      restarts,
      utilisation: Math.min(1, busy / ((performance.now() - this.#born) * this.size)),
      latency: this.#counters.latency(),
    };
  }

  #busy(isBusy: boolean): void {
    this.#held = isBusy ? this.#init.pool.deref() : undefined;
    if (isBusy) keepProgram.begin();
    else keepProgram.end();
  }

  /** Why nothing would be heard, or go on, while the thread is blocked. What no turn of the event loop mends comes first. */
  #refusal(late: () => boolean = () => false, what: string = ""): Error | undefined {
    const forGood = unshared(this.#init.startMethod);
    if (forGood !== undefined) return forGood;
    if (late()) return needsTurn(what, LATE);
    if (this.#calls > 0 || this.#pumping) return withinCallback();
    return unheard(this.#members);
  }

  #recruit(): void {
    const member = recruit(this.#init, {
      heard: (what, report) => this.#calling(() => this.#heard(member, what, readReport(report))),
      started: () => {
        if (this.state === "TERMINATE" || this.#broken !== undefined) member.stop();
      },
      ended: (death) => this.#gone(member, death),
      giveBack: (tasks) => this.#putBack(tasks),
    });
    this.#members.add(member);
  }

  #heard(member: PoolMember, what: number, value: unknown): void {
    if (what === What.RESULT || what === What.ERROR) this.#done(member, what, value);
    else if (what === What.PROGRESS) member.current?.tell(what, value);
    else if (what === What.READY) this.#ready(member);
    else if (what === What.DRAINED) {
      member.drained();
      this.pump();
    } else member.heard(what);
  }

  #ready(member: PoolMember): void {
    member.ready();
    this.#failures = 0;
    this.pump();
  }

  #done(member: PoolMember, what: number, value: unknown): void {
    const now = performance.now();
    this.#counters.took(member.msSince(now));
    const task = member.shift(now);
    if (member.quota === 0 && member.load === 0) member.end();
    task?.tell(what, value);
    if (member.mayTake(this.#counters.taskMs)) this.pump();
  }

  /** Tasks come back that were given out. */
  #putBack(tasks: readonly PoolTask[]): void {
    this.queue.single.unshift(tasks);
    this.pump();
  }

  /** A worker has ended, or could not start. */
  #gone(member: PoolMember, death: Death): void {
    if (!this.#members.delete(member)) return;
    this.#leaving.add(death.gone);
    death.gone.then(() => this.#leaving.delete(death.gone));
    this.#counters.busyMs += member.busyMs;
    const { begun, others } = member.lose();
    this.queue.single.unshift(others.filter(({ aborted }) => !aborted));
    if (!member.served) this.#failures++;
    if (this.#failures >= MOST_FAILURES) this.#break(member.failure?.error ?? death.errorFor(undefined));
    if (this.#needsWorkers()) {
      this.#counters.restarts++;
      this.#recruit();
    }
    for (const task of begun) task.settle(false, death.errorFor(task.job.callee.name));
    for (const task of others) if (task.aborted) task.settle(false, task.reason);
    if (death.exitCode !== null) this.#tellExit(member, death.exitCode);
    this.pump();
    this.#finish();
    if (this.state !== "RUN" && this.#members.size === 0) this.#over.resolve();
  }

  #tellExit({ process, done, dismissed }: PoolMember, exitCode: number): void {
    const exit = { name: process.name, pid: process.pid, exitCode, done, expected: dismissed };
    // What it throws is not the pool's.
    queueMicrotask(() => this.#init.onWorkerExit?.(exit));
  }

  #needsWorkers(): boolean {
    if (this.#broken !== undefined || this.state === "TERMINATE") return false;
    return this.state === "RUN" || this.#open.size > 0 || !this.queue.exhausted;
  }

  /** Nothing will work any more. */
  #break(error: unknown): void {
    if (this.#broken !== undefined) return;
    this.#broken = { error };
    this.#drop(error);
    for (const member of this.#members) member.stop();
  }

  #drop(error: unknown): void {
    this.#fail(error);
    for (const task of this.#open.list()) task.settle(false, error);
  }

  /** What waits will not be done. */
  #fail(error: unknown): void {
    this.#calling(() => this.queue.fail(error));
  }

  /** Calls the user back, perhaps. */
  #calling(act: () => void): void {
    this.#calls++;
    try {
      act();
    } finally {
      this.#calls--;
    }
  }

  /** If nothing is left to do, the workers may go. */
  #finish(): void {
    if (this.state !== "CLOSE" || this.#open.size > 0 || !this.queue.exhausted) return;
    for (const member of this.#members) member.end();
    if (this.#members.size === 0) this.#over.resolve();
  }

  #freest(): PoolMember | undefined {
    let freest: PoolMember | undefined;
    for (const member of this.#members) {
      if (member.load < (freest?.load ?? Infinity) && member.mayTake(this.#counters.taskMs)) freest = member;
      if (freest?.load === 0) break;
    }
    return freest;
  }

  /** Gives tasks to whoever has room. */
  #giveOut(): void {
    for (let member = this.#freest(); member !== undefined; member = this.#freest()) {
      const task = this.queue.take();
      if (task === undefined) return;
      // To take it may have called the user's code, in which much may have happened to the worker.
      if (this.#members.has(member) && member.mayTake(this.#counters.taskMs)) member.add(task);
      else this.queue.single.unshift([task]);
    }
  }

  /** If somebody has nothing to do, half of what the busiest has not begun goes back to the queue. Whether some did. */
  #level(): boolean {
    const { taskMs } = this.#counters;
    const members = [...this.#members];
    if (!members.some((member) => member.load === 0 && member.mayTake(taskMs))) return false;
    // Of the busiest, the first of which something can be taken.
    return members.sort((a, b) => b.load - a.load).some((member) => member.giveBackHalf());
  }
}

function terminated(): InvalidStateError {
  return new InvalidStateError("Cannot finish the task: the pool was terminated before it was done");
}
