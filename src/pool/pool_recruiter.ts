/**
 * How a pool comes to its workers: a process each, a word of shared memory where there is any, and somebody who listens.
 *
 * @module
 */

import { NotSupportedError, WorkerDiedError } from "../base/errors.ts";
import { type Address, identOf } from "../base/identity.ts";
import { node } from "../channel/node.ts";
import { decodeMessage } from "../channel/connection.ts";
import { RawArray } from "../memory/raw_array.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { markOwnClass } from "../process/own_classes.ts";
import type { ProcessPermissions } from "../process/permissions.ts";
import { Process } from "../process/process.ts";
import type { StartMethod } from "../process/start_method.ts";
import { PoolMember } from "./pool_member.ts";
import { REPORT_SERVICE } from "./pool_wire.ts";
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
  readonly exitCode: number;
  /** What a task that it had begun comes to. */
  errorFor(task: string | undefined): WorkerDiedError;
}

/** Who hears of a worker. */
export interface Listener {
  /** It reports something. */
  heard(what: number, from: Address, value: unknown): void;
  started(): void;
  notStarted(error: unknown): void;
  died(death: Death): void;
}

interface Recruit {
  readonly member: PoolMember;
  readonly listener: Listener;
}

const NAMES: Record<StartMethod, string> = {
  spawn: "SpawnPoolWorker",
  forkserver: "ForkServerPoolWorker",
  worker: "PoolWorker",
};
const SIGNALS: Readonly<Record<number, string>> = {
  2: "SIGINT",
  6: "SIGABRT",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};
const LAST_WORDS = 2048;

const recruits = new Map<number, Recruit>();
let lastNumber = 0;

/** Makes a worker and starts it. */
export function recruit(recruiter: Recruiter, listener: Listener): PoolMember {
  const { startMethod, initializer, initargs, permissions, maxTasksPerChild } = recruiter;
  const number = ++lastNumber;
  const claims = sharedWord(startMethod);
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
  const member = new PoolMember(number, process, claims?.buffer as Int32Array | undefined, maxTasksPerChild);
  recruits.set(number, { member, listener });
  start(number, { member, listener });
  return member;
}

async function start(number: number, { member, listener }: Recruit): Promise<void> {
  const { process, lastWords } = member;
  try {
    await process.start();
  } catch (error) {
    if (recruits.delete(number)) listener.notStarted(error);
    return;
  }
  lastWords.read = relay(process, lastWords);
  listener.started();
}

/** Shows what a worker writes to its standard error, and remembers the end of it. */
async function relay({ stderr }: Process, lastWords: { text: string }): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of stderr) {
    for (let written = 0; written < bytes.length;) written += Deno.stderr.writeSync(bytes.subarray(written));
    lastWords.text = (lastWords.text + decoder.decode(bytes, { stream: true })).slice(-LAST_WORDS);
  }
}

/** None where memory is not shared with the workers. */
function sharedWord(startMethod: StartMethod): { readonly buffer: ArrayBufferView } | undefined {
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
  body.u32();
  if (recruit === undefined) return;
  const value = decodeMessage(body.bytes(body.remaining));
  if (value instanceof Promise) value.then((value) => recruit.listener.heard(what, from, value));
  else recruit.listener.heard(what, from, value);
});

node.onDeath((dead) => {
  for (const [number, { member, listener }] of recruits) {
    if (member.process.ident !== identOf(dead)) continue;
    recruits.delete(number);
    // Its exit code is noted next, and what it last wrote may still be on its way.
    queueMicrotask(async () => {
      const exitCode = member.process.exitCode ?? 1;
      await member.lastWords.read;
      listener.died({ exitCode, errorFor: (task) => errorFor(member, exitCode, task) });
    });
  }
});

function errorFor({ process, lastWords }: PoolMember, exitCode: number, task: string | undefined): WorkerDiedError {
  const { name, pid } = process;
  const signal = exitCode < 0 ? SIGNALS[-exitCode] ?? `signal ${-exitCode}` : null;
  const how = signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
  const what = task === undefined ? "Cannot start a worker" : `Cannot finish the task ${task}()`;
  const said = lastWords.text.trim().split("\n").slice(-5).join("\n");
  const message = `${what}: ${name} (pid ${pid}) ended ${how}${
    task === undefined ? " before it was ready" : " while it ran it; other tasks go on in a new worker"
  }${said === "" ? "" : `; the last that it wrote to standard error:\n${said}`}`;
  return new WorkerDiedError(message, { pid, exitCode, signal, ...task !== undefined && { task } });
}
