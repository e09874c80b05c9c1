/**
 * How a pool comes to its workers: a process each, a word of shared memory where there is any, and somebody who listens.
 *
 * @module
 */

import { NotSupportedError, WorkerDiedError } from "../base/errors.ts";
import { type Address, identOf } from "../base/identity.ts";
import { node } from "../channel/node.ts";
import { type Message, readMessage } from "../channel/pipe_wire.ts";
import { RawArray } from "../memory/raw_array.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { plainOutput } from "../process/awaited_output.ts";
import { markOwnClass } from "../process/own_classes.ts";
import type { ProcessPermissions } from "../process/permissions.ts";
import { Process } from "../process/process.ts";
import { launcherOf, type StartMethod } from "../process/start_method.ts";
import { LastWords } from "./last_words.ts";
import { PoolMember } from "./pool_member.ts";
import type { PoolTask } from "./pool_task.ts";
import { REPORT_SERVICE, What } from "./pool_wire.ts";
import { servePool, type WorkerInit } from "./pool_worker.ts";
import { readReport, Unreadable } from "./unreadable.ts";

/** How workers are made. */
export interface Recruiter {
  readonly startMethod: StartMethod;
  readonly initializer: unknown;
  readonly initargs: readonly unknown[];
  readonly permissions: ProcessPermissions;
  /** How many tasks each does before it is replaced. */
  readonly maxTasksPerChild: number;
}

/** A worker of a pool that has ended. */
export interface WorkerExit {
  /** Its name. */
  readonly name: string;
  /** Of the OS process that ran it. */
  readonly pid: number | undefined;
  /** Its exit code, `-N` if signal N ended it. */
  readonly exitCode: number;
  /** How many tasks it had done. */
  readonly done: number;
  /** Whether the pool had told it to end. */
  readonly expected: boolean;
}

/** The end of a worker. */
export interface Death {
  /** `null` if it never was a process. */
  readonly exitCode: number | null;
  /** What a task that it had begun comes to. */
  errorFor(task: string | undefined): WorkerDiedError;
  /** Resolves when the runtime is done with it too. */
  readonly gone: Promise<void>;
}

/** Who hears of a worker. */
export interface Listener {
  /** It reports something, whose bytes are valid only during the call. */
  heard(what: number, report: Message): void;
  started(): void;
  /** It is over with it, whether or not it was started. */
  ended(death: Death): void;
  /** Takes tasks that it will not do after all. */
  giveBack(tasks: readonly PoolTask[]): void;
}

interface Recruit {
  readonly member: PoolMember;
  readonly listener: Listener;
  /** Resolves when the start has come to an end, whichever. */
  started: Promise<void>;
  readonly lastWords: LastWords;
  /** Resolves when it is known why it failed, if it said so. */
  explained: Promise<void> | undefined;
  /** See {@linkcode Death}. */
  gone: Promise<void>;
}

const NAMES: Record<StartMethod, string> = {
  spawn: "SpawnPoolWorker",
  forkserver: "ForkServerPoolWorker",
  worker: "PoolWorker",
};
const SIGNALS: Readonly<Record<number, string>> = {
  2: "SIGINT",
  // How V8 ends a process that has no memory left.
  5: "SIGTRAP",
  6: "SIGABRT",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};

const recruits = new Map<number, Recruit>();
let lastNumber = 0;

/** Makes a worker and starts it. */
export function recruit(recruiter: Recruiter, listener: Listener): PoolMember {
  const { startMethod, initializer, initargs, permissions, maxTasksPerChild } = recruiter;
  const number = ++lastNumber;
  const claims = sharedWord(startMethod, permissions);
  const init = { worker: number, claims, initializer, initargs } as WorkerInit;
  const ProcessClass = boundClass(Process, startMethod);
  markOwnClass(ProcessClass);
  const process: Process = new ProcessClass({
    target: servePool,
    args: [init],
    daemon: true,
    permissions,
    stderr: "piped",
  });
  process.name = process.name.replace(/^Process/, NAMES[startMethod]);
  const word = claims?.buffer as Int32Array | undefined;
  const giveBack = listener.giveBack.bind(listener);
  const member = new PoolMember({ number, process, claims: word, quota: maxTasksPerChild, giveBack });
  const lastWords = new LastWords();
  const done = Promise.resolve();
  const recruit = { member, listener, started: done, lastWords, explained: undefined, gone: done };
  recruits.set(number, recruit);
  recruit.started = start(number, recruit);
  return member;
}

async function start(number: number, recruit: Recruit): Promise<void> {
  const { member: { process }, member, listener, lastWords } = recruit;
  try {
    const starting = process.start();
    // This thread may block from now on.
    lastWords.watchWhileBlocked(process.pid);
    await starting;
  } catch (error) {
    member.failure ??= { error };
  }
  const stream = stderrOf(process);
  if (stream !== undefined) lastWords.read(stream);
  if (member.failure === undefined) return listener.started();
  // Else its end was told already, and is dealt with when this is known.
  if (!recruits.delete(number)) return;
  lastWords.deafen();
  await lastWords.ended();
  listener.ended({ exitCode: null, errorFor: (task) => errorFor(recruit, 1, task), gone: Promise.resolve() });
}

/** None if it was not launched. */
function stderrOf(process: Process): ReadableStream<Uint8Array> | undefined {
  try {
    // Nobody waits for last words.
    return plainOutput(process.stderr);
  } catch {
    // It was not launched.
    return undefined;
  }
}

/** None where memory is not shared with the workers. */
function sharedWord(
  startMethod: StartMethod,
  permissions: ProcessPermissions,
): { readonly buffer: ArrayBufferView } | undefined {
  const ffi = typeof permissions === "string" ? permissions === "inherit" : permissions.ffi ?? false;
  if (launcherOf(startMethod).leavesProcess && ffi !== true && ffi !== "inherit") return undefined;
  try {
    return new (boundClass(RawArray, startMethod))("i", 1);
  } catch (error) {
    if (error instanceof NotSupportedError) return undefined;
    throw error;
  }
}

node.serve(REPORT_SERVICE, (_from, body) => {
  const recruit = recruits.get(body.varuint());
  const what = body.u8();
  if (recruit === undefined) return;
  const report = readMessage(body, false);
  if (what !== What.FAILED) return recruit.listener.heard(what, report);
  const reason = readReport(report);
  if (reason instanceof Promise) recruit.explained = reason.then((reason) => explain(recruit, reason));
  else explain(recruit, reason);
});

function explain({ member }: Recruit, reason: unknown): void {
  member.failure = { error: reason instanceof Unreadable ? reason.error : reason };
}

// A thread that was ended goes on for a while: it begins nothing more from here on, and what it has done is still to be read.
node.onEnding((ending) => {
  for (const [, { member }] of recruitsAt(ending)) member.freeze();
});

node.onDeath((dead) => {
  for (const [number, recruit] of recruitsAt(dead)) {
    recruits.delete(number);
    recruit.gone = mourn(recruit);
  }
});

function recruitsAt(address: Address): [number, Recruit][] {
  return [...recruits].filter(([, { member }]) => member.process.ident === identOf(address));
}

const mourned = new Set<Recruit>();

async function mourn(recruit: Recruit): Promise<void> {
  mourned.add(recruit);
  await recruit.started;
  await recruit.lastWords.ended();
  await recruit.explained;
  endMourning(recruit);
  const { process } = recruit.member;
  // A start that was refused was none.
  if (process.exitCode !== null) await process.join();
}

/** A thread that blocks hears no last words, so it does not wait for them. */
export function endMournings(): void {
  for (const recruit of [...mourned]) if (recruit.member.process.exitCode !== null) endMourning(recruit);
}

function endMourning(recruit: Recruit): void {
  if (!mourned.delete(recruit)) return;
  recruit.lastWords.deafen();
  const exitCode = recruit.member.process.exitCode ?? 1;
  recruit.listener.ended({ exitCode, errorFor: (task) => errorFor(recruit, exitCode, task), gone: recruit.gone });
}

function errorFor(
  { member: { process }, lastWords: { text } }: Recruit,
  exitCode: number,
  task?: string,
): WorkerDiedError {
  const { name, pid } = process;
  const signal = exitCode < 0 ? SIGNALS[-exitCode] ?? `signal ${-exitCode}` : null;
  const how = signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
  const what = task === undefined ? "Cannot start a worker" : `Cannot finish the task ${task}()`;
  const message = `${what}: ${name} (pid ${pid}) ended ${how}${
    task === undefined ? " before it was ready" : " while it ran it; other tasks go on in a new worker"
  }${text === "" ? "" : `; the last that it wrote to standard error:\n${text}`}`;
  return new WorkerDiedError(message, { pid, exitCode, signal, ...task !== undefined && { task } });
}
