/**
 * {@linkcode Process}: a function of the user's program in another process.
 *
 * @module
 */

import { checkWaitOptions, suspend, type WaitOptions } from "../base/deadline.ts";
import { InvalidStateError } from "../base/errors.ts";
import { type Address, identity, identOf } from "../base/identity.ts";
import { checkCanBlock, node } from "../channel/node.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import type { FunctionReference } from "../codec/handoff.ts";
import { isVerified, markVerified, noteCaller } from "../codec/function_ref.ts";
import { keepSecret } from "../base/secrets.ts";
import { AdoptedInit, type AnyInit, type Elsewhere, ownCopy } from "./adopted_init.ts";
import type { Child, Signal } from "./child.ts";
import { type Attempt, attempt, launched, signal, signalDue } from "./attempt.ts";
import { awaitedOutput, discardOutputs } from "./awaited_output.ts";
import { adopt, bury, checkMayHaveChildren, nextNumber } from "./family.ts";
import { launchRequest } from "./launch_request.ts";
import { defaultName, markOwnClass } from "./own_classes.ts";
import { checkInit, type KeywordProcessInit, noOutput, type ProcessInit, processText } from "./process_init.ts";
import { raise } from "./raise.ts";
import { Sentinel } from "./sentinel.ts";
import { launcherOf, type StartMethod, startMethodOf } from "./start_method.ts";
import { encodeTask, giveFields, type Task, taskOf } from "./task.ts";

type State = "initial" | "started" | "stopped" | "closed";

/**
 * A function of the program that runs in a process of its own, as Python's `multiprocessing.Process`.
 *
 * - The target is named by the module that exports it, so it must be an export of the main module or of the module that makes the
 *   process; see `share`, `ref` and `inline` for the rest. Guard what only the main process is to do by `if (import.meta.main)`.
 * - The program ends when its own work is done, its daemons have been ended and its other children have ended.
 * - Children end with their parent, however it ends.
 *
 * @example A function in another process
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Process, ref } from "@multiprocessing/deno";
 *
 * const parse = ref<(text: string) => unknown>("data:text/javascript,export default JSON.parse");
 * const process = new Process({ target: parse, args: ['{"a": 1}'] });
 * await process.start();
 * await process.join();
 * assertEquals(process.exitCode, 0);
 * ```
 *
 * @typeParam A Arguments of the target.
 */
export class Process<A extends unknown[] = unknown[]> implements AsyncDisposable {
  /** The start method of processes of this class; the default one if absent. */
  static readonly startMethod: StartMethod | undefined = undefined;

  #state: State = "initial";
  #name: string;
  #daemon: boolean;
  #authKey: Uint8Array;
  #init: AnyInit;
  readonly #elsewhere: Elsewhere | undefined;
  readonly #parentAddress: Address = identity.address;
  #attempt: Attempt;

  /**
   * Makes a process without starting it.
   *
   * @param init What it runs and how.
   * @throws {TypeError} If something is of the wrong kind.
   */
  constructor(init: ProcessInit<A> | KeywordProcessInit<A> = {}) {
    const elsewhere = init instanceof AdoptedInit ? init : undefined;
    if (elsewhere === undefined) {
      checkInit(init);
      noteCaller(typeof init.target === "function" ? init.target : undefined);
    }
    this.#elsewhere = elsewhere;
    this.#attempt = this.#newAttempt(elsewhere?.address);
    const name = elsewhere === undefined ? init.name || undefined : elsewhere.name;
    this.#name = name ?? `${defaultName(new.target)}-${this.#attempt.address.join(":")}`;
    this.#daemon = init.daemon ?? identity.daemon;
    this.#authKey = identity.authKey;
    this.#init = elsewhere ?? ownCopy(init);
    if (elsewhere !== undefined) this.#state = "started";
  }

  #newAttempt(address: Address = [...identity.address, nextNumber()]): Attempt {
    return attempt(this, address, { isDaemon: () => this.#daemon, terminate: () => this.terminate() });
  }

  /** Name for people. */
  get name(): string {
    this.#assertOpen();
    return this.#name;
  }

  set name(name: string) {
    this.#assertOpen();
    checkInit({ name });
    this.#name = name;
    if (this.#elsewhere?.role === "current") identity.name = name;
  }

  /** Whether the process is ended with its parent instead of being waited for. */
  get daemon(): boolean {
    this.#assertOpen();
    return this.#daemon;
  }

  set daemon(daemon: boolean) {
    this.#assertOpen();
    if (this.#state !== "initial") {
      throw new InvalidStateError(`Cannot set daemon of process "${this.#name}": process has already started`);
    }
    checkInit({ daemon });
    this.#daemon = Boolean(daemon);
  }

  /** Key of the connections within the program; a child has the one of its parent when it was constructed. */
  get authKey(): Uint8Array {
    this.#assertOpen();
    return this.#authKey;
  }

  set authKey(key: Uint8Array) {
    this.#assertOpen();
    if (!(key instanceof Uint8Array)) throw new TypeError(`Cannot set authKey: received ${typeof key}, no bytes`);
    this.#authKey = keepSecret(key.slice());
    if (this.#elsewhere?.role === "current") identity.authKey = this.#authKey;
  }

  /** Id of the OS process that runs it; `undefined` before the start. */
  get pid(): number | undefined {
    this.#assertOpen();
    return this.#elsewhere?.pid ?? this.#attempt.child?.pid;
  }

  /** Unique among all processes and workers of the program; `undefined` before the start. */
  get ident(): string | undefined {
    this.#assertOpen();
    return this.#state === "initial" ? undefined : identOf(this.#attempt.address);
  }

  /** `null` while it has not ended; then what it exited with, 1 for an uncaught error, or `-N` if signal N ended it. */
  get exitCode(): number | null {
    this.#assertOpen();
    return this.#attempt.exitCode;
  }

  /** What {@linkcode wait} takes to wait for the end; of a process that was started. */
  get sentinel(): Sentinel {
    this.#assertOpen();
    if (this.#state === "initial") {
      throw new InvalidStateError(`Cannot get the sentinel of process "${this.#name}": process not started`);
    }
    return this.#attempt.sentinel;
  }

  /** What it writes to standard output, if that is `"piped"`; a read that waits keeps the program alive. */
  get stdout(): ReadableStream<Uint8Array> {
    return this.#output("stdout");
  }

  /** What it writes to standard error, if that is `"piped"`; a read that waits keeps the program alive. */
  get stderr(): ReadableStream<Uint8Array> {
    return this.#output("stderr");
  }

  /**
   * What the process does: calls the target. Override it in an exported class that extends Process. The child's object has the
   * fields that this one had at the start, but none that are `#private`: those are of the object that a constructor made.
   */
  run(): unknown {
    this.#assertOpen();
    const { target, args, kwargs } = this.#init;
    if (typeof target !== "function") return undefined;
    const call = target as (...args: unknown[]) => unknown;
    return kwargs === undefined ? call(...args ?? []) : call(...args ?? [], kwargs);
  }

  /**
   * Starts the process, once.
   *
   * @throws {TypeError} If the target or an argument cannot be sent; no child is left, and it counts as not started.
   * @throws {InvalidStateError} If it was started before, if this process is a daemon, or if it is still importing the main module.
   * @throws {Deno.errors.NotCapable} If a permission is missing; the message names the flag.
   */
  async start(): Promise<void> {
    this.#assertStartable();
    const handoff = new NodeHandoff(`process "${this.#name}"`, this.#attempt.address);
    this.#state = "started";
    const { answer, unverified } = await this.#launch(handoff);
    if (unverified.length > 0) await this.#accepted(answer);
    // The child has a copy; what it was made from need not live on here.
    this.#init = { stdout: this.#init.stdout ?? "inherit", stderr: this.#init.stderr ?? "inherit" };
    unverified.forEach(markVerified);
  }

  async #accepted(answer: Promise<void>): Promise<void> {
    node.beginWait();
    try {
      await answer;
    } catch (error) {
      await this.#attempt.end.promise;
      // Ended from here, it has been started for all that.
      if (this.#attempt.signalled && (this.#attempt.exitCode ?? 0) < 0) return;
      this.#reset(this.#attempt.child);
      throw error;
    } finally {
      node.endWait();
    }
  }

  /** As if nothing had been launched, but for what it has written; nobody waits for it any more, and it can be started once more. */
  #reset(refused: Child | undefined, address?: Address): void {
    const { end, sentinel } = this.#attempt;
    this.#attempt = { ...this.#newAttempt(address), refused };
    this.#state = "initial";
    Sentinel.end(sentinel);
    end.resolve();
  }

  /**
   * Waits for the end of the process, as often as wanted. It does not throw when the time is up: `exitCode` tells.
   *
   * @param options How long to wait, in milliseconds.
   */
  async join(options: WaitOptions = {}): Promise<void> {
    // The end of the parent is the end of this process, so that wait is never over.
    if (this.#elsewhere?.role !== "parent") this.#assertChild("join");
    checkWaitOptions(options);
    options.signal?.throwIfAborted();
    if (this.#state === "stopped") return void await this.#attempt.child?.noted;
    await suspend<void>(options, (resolve) => {
      node.beginWait();
      this.#attempt.end.promise.then(resolve);
      return () => node.endWait();
    }, () => {});
  }

  /**
   * {@linkcode Process.join}, blocking the thread; rarely the exit code is known one turn of the event loop later.
   *
   * @throws {NotSupportedError} If this process shares no memory with it, or it is still being launched; the message names the way out.
   */
  joinSync(options: { timeout?: number | undefined } = {}): void {
    this.#assertChild("join");
    checkWaitOptions(options);
    if (this.#state === "stopped") return;
    checkCanBlock(`until process "${this.#name}" ends`, [this.#attempt.address]);
    node.bell.waitSync(() => !this.isAlive(), options.timeout ?? Infinity);
  }

  /** Whether the process has been started and has not ended. */
  isAlive(): boolean {
    this.#assertOpen();
    if (this.#elsewhere === undefined) this.#assertParent("ask of");
    return this.#state === "started" && this.#attempt.child?.exit.missed !== true;
  }

  /** Sends SIGINT; a worker is ended. */
  interrupt(): void {
    this.#signal("SIGINT");
  }

  /** Sends SIGTERM, which ends a process that does not listen for it; a worker is ended. No `finally` runs in it. */
  terminate(): void {
    this.#signal("SIGTERM");
  }

  /** Sends SIGKILL; a worker is ended. */
  kill(): void {
    this.#signal("SIGKILL");
  }

  /**
   * Lets go of a process that has ended or was never started. Afterwards every other member throws.
   *
   * @throws {InvalidStateError} If it is still running.
   */
  close(): void {
    if (this.#state === "closed") return;
    if (this.#state === "started") {
      throw new InvalidStateError(`Cannot close process "${this.#name}": it is still running; join or terminate it`);
    }
    this.#state = "closed";
    discardOutputs(this.#attempt.child);
  }

  /** Terminates the process if it runs, waits for its end, and closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "started") {
      this.terminate();
      await this.join();
    }
    this.close();
  }

  /** As Python prints it. */
  toString(): string {
    const parent = this.#elsewhere?.role === "current" ? identity.parent?.pid ?? Deno.ppid : Deno.pid;
    const state = this.#state === "closed" ? "closed" : this.#attempt.exitCode ?? this.#state;
    return processText(this.constructor.name, this.#name, this.#attempt.child?.pid, parent, state, this.#daemon);
  }

  /** As Python prints it. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** In the child: the process that the parent described, with its class and fields. */
  static fromTask(task: Task): Process {
    const init = new AdoptedInit("current", identity.address, identity.name, Deno.pid);
    Object.assign(init, { target: task.target, args: task.args, ...task.kwargs && { kwargs: task.kwargs } });
    const subclass = typeof task.subclass === "function" ? task.subclass : Process;
    // Without its constructor, which has run in the parent: the fields are what it made.
    const process: unknown = Reflect.construct(Process, [init], subclass);
    if (!(process instanceof Process)) throw new TypeError(`Cannot run ${subclass.name}: it does not extend Process`);
    return giveFields(process, task.fields);
  }

  #assertOpen(): void {
    if (this.#state === "closed") {
      throw new InvalidStateError(`Cannot use process "${this.#name}": process object is closed`);
    }
  }

  #assertParent(what: string): void {
    if (this.#elsewhere !== undefined || this.#parentAddress !== identity.address) {
      throw new InvalidStateError(`Cannot ${what} process "${this.#name}": it is not a child of this process`);
    }
  }

  #assertChild(what: string): void {
    this.#assertOpen();
    this.#assertParent(what);
    if (this.#state === "initial") {
      throw new InvalidStateError(`Cannot ${what} process "${this.#name}": it was not started`);
    }
  }

  #assertStartable(): void {
    this.#assertOpen();
    this.#assertParent("start");
    if (this.#state !== "initial") {
      throw new InvalidStateError(`Cannot start process "${this.#name}": it was already started`);
    }
    checkMayHaveChildren(this.#name);
  }

  async #launch(handoff: NodeHandoff): Promise<{ answer: Promise<void>; unverified: FunctionReference[] }> {
    try {
      const startMethod = startMethodOf(this.constructor);
      const launcher = launcherOf(startMethod);
      handoff.leavesProcess = launcher.leavesProcess;
      const task = encodeTask(taskOf(this, this.#init), handoff);
      const unverified = handoff.references.filter((reference) => !isVerified(reference));
      const [name, { address }, authKey, daemon] = [this.#name, this.#attempt, this.#authKey, this.#daemon];
      const birth = { name, address, authKey, daemon, startMethod, task, awaited: unverified.length > 0 };
      const request = launchRequest(birth, this.#init);
      // At once if it can be: this thread may block next, in which no promise goes on.
      const launching = launcher.launch(request);
      const child = launching instanceof Promise ? await launching : launching;
      launched(this.#attempt, child);
      adopt(this.#attempt.relative);
      const answer = raise(child, request, (exitCode) => this.#ended(exitCode));
      signalDue(this.#attempt);
      return { answer, unverified };
    } catch (error) {
      this.#reset(this.#attempt.refused, this.#attempt.address);
      handoff.abandon();
      throw error;
    }
  }

  #ended(exitCode: number): void {
    this.#attempt.exitCode = exitCode;
    this.#state = "stopped";
    bury(this.#attempt.relative);
    Sentinel.end(this.#attempt.sentinel);
    this.#attempt.end.resolve();
  }

  #signal(name: Signal): void {
    this.#assertChild("signal");
    signal(this.#attempt, name);
  }

  #output(which: "stdout" | "stderr"): ReadableStream<Uint8Array> {
    this.#assertOpen();
    const output = (this.#attempt.child ?? this.#attempt.refused)?.[which];
    return output === undefined ? noOutput(this.#name, which, this.#init[which]) : awaitedOutput(output);
  }
}

markOwnClass(Process);
