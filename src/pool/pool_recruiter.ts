/**
 * How a pool comes to its workers: a process each, a word of shared memory where there is any, and somebody who listens.
 *
 * @module
 */

import { suspend } from "../base/deadline.ts";
import { NotSupportedError, WorkerDiedError } from "../base/errors.ts";
import { type Address, identOf } from "../base/identity.ts";
import { node } from "../channel/node.ts";
import { decodeMessage } from "../channel/connection.ts";
import { openErrorPipe, readAvailable } from "../memory/child_output.ts";
import { isMappable } from "../memory/memory_file.ts";
import { RawArray } from "../memory/raw_array.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { markOwnClass } from "../process/own_classes.ts";
import type { ProcessPermissions } from "../process/permissions.ts";
import { Process } from "../process/process.ts";
import type { StartMethod } from "../process/start_method.ts";
import { PoolMember } from "./pool_member.ts";
import type { PoolTask } from "./pool_task.ts";
import { REPORT_SERVICE, What } from "./pool_wire.ts";
import { servePool, type WorkerInit } from "./pool_worker.ts";

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
}

/** Who hears of a worker. */
export interface Listener {
  /** It reports something; a promise if that takes a while to read. */
  heard(what: number, from: Address, value: unknown): void;
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
  /** The last lines that it wrote to its standard error. */
  lastWords: string;
  readonly decoder: TextDecoder;
  /** While the thread is blocked, nothing more is heard of its standard error. */
  deafen: () => void;
  /** Resolves when there will be no more of them. */
  silent: Promise<void>;
  /** Has it come to that. */
  fallSilent: () => Promise<void>;
  /** Resolves when it is known why it failed, if it said so. */
  explained: Promise<void> | undefined;
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
const LAST_WORDS = 4096;
const LAST_LINES = 8;
// Colours, and frames of the runtime.
// deno-lint-ignore no-control-regex
const NOISE = /\x1b\[[\d;]*m|^\s+at .*ext:.*\n?/gm;
const LAST_WORDS_MS = 250;

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
  const done = Promise.resolve();
  const recruit = {
    member,
    listener,
    started: done,
    lastWords: "",
    decoder: new TextDecoder(),
    deafen: () => {},
    silent: done,
    fallSilent: () => done,
    explained: undefined,
  };
  recruits.set(number, recruit);
  recruit.started = start(number, recruit);
  return member;
}

async function start(number: number, recruit: Recruit): Promise<void> {
  const { member, listener } = recruit;
  try {
    const starting = member.process.start();
    // This thread may block from now on, in which it would read no stream.
    relayWhileBlocked(recruit);
    await starting;
  } catch (error) {
    member.failure ??= { error };
  }
  relay(recruit);
  if (member.failure === undefined) return listener.started();
  // Else its end was told already, and is dealt with when this is known.
  if (!recruits.delete(number)) return;
  recruit.deafen();
  await lastWordsOf(recruit);
  listener.ended({ exitCode: null, errorFor: (task) => errorFor(recruit, 1, task) });
}

/** Shows what a worker writes to its standard error, and remembers the end of it. */
function relay(recruit: Recruit): void {
  const stream = stderrOf(recruit.member.process);
  if (stream === undefined) return;
  const reader = stream.getReader();
  const read = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      show(recruit, value);
    }
  };
  // Nobody may read the standard error of this program any more.
  recruit.silent = read().catch(() => reader.cancel());
  recruit.fallSilent = () => reader.cancel();
}

function show(recruit: Recruit, text: Uint8Array): void {
  recruit.lastWords = (recruit.lastWords + recruit.decoder.decode(text, { stream: true })).slice(-LAST_WORDS);
  for (let written = 0; written < text.length;) written += Deno.stderr.writeSync(text.subarray(written));
}

/** As {@linkcode relay}, where the thread is blocked. */
function relayWhileBlocked(recruit: Recruit): void {
  const { pid } = recruit.member.process;
  if (pid === undefined || pid === Deno.pid || !isMappable()) return;
  const hear = (descriptor: number | undefined) => {
    const text = descriptor === undefined ? undefined : readAvailable(descriptor);
    if (text !== undefined) showQuietly(recruit, text);
    return text !== undefined;
  };
  recruit.deafen = node.bell.addSource({ open: () => openErrorPipe(pid), hear });
}

function showQuietly(recruit: Recruit, text: Uint8Array): void {
  try {
    show(recruit, text);
  } catch {
    // Nobody may read the standard error of this program any more.
  }
}

/** None if it was not launched. */
function stderrOf(process: Process): ReadableStream<Uint8Array> | undefined {
  try {
    return process.stderr;
  } catch {
    // It was not launched.
    return undefined;
  }
}

/** What it last wrote may still be on its way; or somebody that it started has the same standard error, and goes on. */
async function lastWordsOf(recruit: Recruit): Promise<void> {
  await suspend<void>({ timeout: LAST_WORDS_MS }, (resolve) => {
    recruit.silent.then(resolve);
    return () => {};
  }, () => recruit.fallSilent());
  await recruit.silent;
}

/** None where memory is not shared with the workers. */
function sharedWord(
  startMethod: StartMethod,
  permissions: ProcessPermissions,
): { readonly buffer: ArrayBufferView } | undefined {
  const ffi = typeof permissions === "string" ? permissions === "inherit" : permissions.ffi ?? false;
  if (startMethod !== "worker" && ffi !== true && ffi !== "inherit") return undefined;
  try {
    return new (boundClass(RawArray, startMethod))("i", 1);
  } catch (error) {
    if (error instanceof NotSupportedError) return undefined;
    throw error;
  }
}

node.serve(REPORT_SERVICE, (from, body) => {
  const recruit = recruits.get(body.varuint());
  const what = body.u8();
  if (recruit === undefined) return;
  const value = read(body.bytes(body.remaining));
  if (what === What.FAILED && !(value instanceof Promise)) recruit.member.failure = { error: value };
  else if (what === What.FAILED) recruit.explained = explain(recruit, value);
  else recruit.listener.heard(what, from, value);
});

/** One that cannot be read is of no harm to those behind it. */
function read(bytes: Uint8Array): unknown {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    return Promise.reject(error);
  }
}

async function explain({ member }: Recruit, value: unknown): Promise<void> {
  member.failure = { error: await Promise.resolve(value).catch((error) => error) };
}

// A thread that was ended goes on for a while: it begins nothing more from here on, and what it has done is still to be read.
node.onEnding((ending) => {
  for (const [, { member }] of recruitsAt(ending)) member.freeze();
});

node.onDeath((dead) => {
  for (const [number, recruit] of recruitsAt(dead)) {
    recruits.delete(number);
    mourn(recruit);
  }
});

function recruitsAt(address: Address): [number, Recruit][] {
  return [...recruits].filter(([, { member }]) => member.process.ident === identOf(address));
}

const mourned = new Set<Recruit>();

async function mourn(recruit: Recruit): Promise<void> {
  mourned.add(recruit);
  await recruit.started;
  await lastWordsOf(recruit);
  await recruit.explained;
  endMourning(recruit);
}

/** A thread that blocks hears no last words, so it does not wait for them. */
export function endMournings(): void {
  for (const recruit of [...mourned]) if (recruit.member.process.exitCode !== null) endMourning(recruit);
}

function endMourning(recruit: Recruit): void {
  if (!mourned.delete(recruit)) return;
  recruit.deafen();
  const exitCode = recruit.member.process.exitCode ?? 1;
  recruit.listener.ended({ exitCode, errorFor: (task) => errorFor(recruit, exitCode, task) });
}

function errorFor({ member: { process }, lastWords }: Recruit, exitCode: number, task?: string): WorkerDiedError {
  const { name, pid } = process;
  const signal = exitCode < 0 ? SIGNALS[-exitCode] ?? `signal ${-exitCode}` : null;
  const how = signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
  const what = task === undefined ? "Cannot start a worker" : `Cannot finish the task ${task}()`;
  const said = lastWords.replace(NOISE, "").trim().split("\n").slice(-LAST_LINES).join("\n");
  const message = `${what}: ${name} (pid ${pid}) ended ${how}${
    task === undefined ? " before it was ready" : " while it ran it; other tasks go on in a new worker"
  }${said === "" ? "" : `; the last that it wrote to standard error:\n${said}`}`;
  return new WorkerDiedError(message, { pid, exitCode, signal, ...task !== undefined && { task } });
}
