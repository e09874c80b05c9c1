/**
 * Start method `worker`: a Deno Worker, a thread of this OS process with a heap and an event loop of its own.
 *
 * What Deno allows: a Worker ends when it next returns to its event loop. One that never does goes on using a processor until the
 * program ends, and its own child processes stay until then; one that blocks on memory or in native code stays as an idle thread.
 * Neither keeps the program from ending. One that exhausts its heap takes the whole OS process with it.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import { WORKER_MAIN } from "../base/own_modules.ts";
import { endLife, exitCodeOf, type Life, newLife, ownLives } from "../base/thread_life.ts";
import { node } from "../channel/node.ts";
import { createRings, type RingEnd, RingStream } from "../channel/ring_stream.ts";
import { Bell, onceRung, ring, waitUntilRung } from "../sync/bell.ts";
import { type ArenaReference, threadMemory } from "../sync/program_memory.ts";
import type { Child, Launcher, LaunchRequest, Output, Signal } from "./child.ts";
import { bootModule, mainToImport } from "./command_line.ts";
import { configuration } from "./configuration.ts";
import { Exit } from "./exit.ts";
import { workerPermissionOptions } from "./permissions.ts";
import { keepWorkerAlive } from "../base/unref_worker.ts";

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGKILL: 9 };

/** What a worker is told first. */
export interface WorkerHello {
  readonly end: RingEnd;
  /** What is to be the worker's own bell, and that of its creator. */
  readonly bells: { readonly own: Int32Array<SharedArrayBuffer>; readonly parent: Int32Array<SharedArrayBuffer> };
  /** Rung when the creator has heard of the worker's end. */
  readonly heard: Int32Array<SharedArrayBuffer>;
  /** Its own life and those of the threads above it, from its own on. */
  readonly lives: readonly Life[];
  /** Memory that all threads of this OS process share. */
  readonly memory: ArenaReference;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly preparation: Uint8Array;
}

/** What the workers of this thread that have not ended will wait for. */
const unheard = new Set<Int32Array<SharedArrayBuffer>>();

/** Launches workers. */
export const workerLauncher: Launcher = { leavesProcess: false, launch };

function launch(request: LaunchRequest): Child {
  if (request.env !== undefined || request.cwd !== undefined) {
    throw new NotSupportedError(
      `Cannot start process "${request.name}": a worker shares the environment and the working directory of its program; ` +
        'leave out env and cwd, or use context "spawn"',
    );
  }
  const unstable = [...configuration.args, ...identity.permissionFlags ?? []].includes("--unstable-worker-options");
  const permissions = workerPermissionOptions(request.permissions, unstable);
  const refusal = workerRefusal();
  if (refusal !== undefined) throw refusal;
  return new LaunchedWorker(request, permissions);
}

/** Why a worker cannot be started, or `undefined` if it can: it imports with the rights of its creator, and says little where they do not suffice. */
export function workerRefusal(): Error | undefined {
  for (const module of [WORKER_MAIN, mainToImport()]) {
    if (module === undefined || !module.startsWith("file:")) continue;
    const path = new URL(module);
    if (Deno.permissions.querySync({ name: "read", path }).state === "granted") continue;
    return new Deno.errors.NotCapable(
      `Cannot start a worker: it imports ${module}, which this process may not read; start it with --allow-read, ` +
        'at least of that file and what it imports, or with --allow-run, and use context "spawn"',
    );
  }
  return undefined;
}

function mayCallNative(permissions: Deno.PermissionOptions | undefined): boolean {
  if (typeof permissions !== "object") return permissions !== "none";
  return permissions.ffi === true || permissions.ffi === "inherit";
}

class LaunchedWorker implements Child {
  readonly pid = Deno.pid;
  readonly permissionFlags = identity.permissionFlags;
  readonly exit: Exit = new Exit();
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  readonly #worker: Worker;
  readonly stream: RingStream;
  readonly #life = newLife();
  readonly #heard = Bell.words();
  readonly #outputs = new Map<"stdout" | "stderr", ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>>();
  readonly #stopListening: () => void;

  constructor(request: LaunchRequest, permissions: Deno.PermissionOptions | undefined) {
    this.stdout = this.#output(request, "stdout");
    this.stderr = this.#output(request, "stderr");
    const preparation = request.prepare(this.permissionFlags);
    // Deno never frees a worker that ends while its module is being evaluated: half a megabyte, and two descriptors.
    const worker = new Worker(bootModule(WORKER_MAIN, { waits: false }), {
      type: "module",
      name: request.name,
      ...permissions !== undefined && { deno: { permissions } },
    });
    this.#worker = worker;
    // From the first moment only its link keeps this thread alive.
    keepWorkerAlive(worker, false);
    worker.onerror = (event) => {
      // Deno has printed it; here it is the end of this child only.
      event.preventDefault();
      this.#end(1);
    };
    const block = createRings();
    // Made here and not there, so that the rings work before the worker does, and while this thread is blocked.
    const bell = Bell.words();
    const { stdout, stderr } = request;
    const end: RingEnd = { block, direction: 1 };
    const lives = [this.#life, ...ownLives()];
    const bells = { own: bell, parent: node.bell.words };
    const heard = this.#heard;
    unheard.add(heard);
    const hello: WorkerHello = { end, bells, heard, lives, stdout, stderr, preparation, memory: threadMemory() };
    worker.postMessage(hello, [preparation.buffer]);
    this.stream = new RingStream({ block, direction: 0 }, node.bell, () => ring(bell), (alive) => {
      if (!this.exit.settled) keepWorkerAlive(worker, alive);
    });
    if (!mayCallNative(permissions)) this.exit.onceSettled(node.bell.addWeak());
    this.#stopListening = node.bell.onRing(() => {
      const exitCode = exitCodeOf(this.#life);
      if (exitCode !== undefined) this.#end(exitCode, true);
    });
  }

  signal(signal: Signal): void {
    this.#end(-SIGNAL_NUMBERS[signal]);
  }

  receiveOutput(which: "stdout" | "stderr", bytes: Uint8Array): void {
    // Read from a message, as no memory is that threads share.
    this.#outputs.get(which)?.enqueue(bytes as Uint8Array<ArrayBuffer>);
  }

  expectEnd(): void {
    // The end of the link came from the end of the worker.
  }

  release(): void {
    for (const controller of this.#outputs.values()) controller.close();
  }

  #end(exitCode: number, isOver = false): void {
    if (this.exit.settled) return;
    // Before anybody cleans up after it: what it has not begun by then, it finds here that it must not begin.
    endLife(this.#life, exitCode);
    this.#stopListening();
    // Its thread may never be done, as one that the runtime cannot stop: nobody waits for that.
    keepWorkerAlive(this.#worker, false);
    if (!isOver) this.#worker.terminate();
    unheard.delete(this.#heard);
    ring(this.#heard);
    this.exit.settle(exitCode);
    // What it had written is still delivered.
    this.stream.peerEnded();
  }

  #output(request: LaunchRequest, which: "stdout" | "stderr"): ReadableStream<Uint8Array<ArrayBuffer>> | undefined {
    if (request[which] !== "piped") return undefined;
    return new ReadableStream({
      start: (controller) => void this.#outputs.set(which, controller),
      cancel: () => void this.#outputs.delete(which),
    });
  }
}

/**
 * In the worker: says that it ends. It goes on until it is {@linkcode WorkerHello.heard}, as nothing else may keep its creator alive
 * until that has heard.
 */
export function announceEnd({ lives: [own], bells }: WorkerHello, exitCode: number): void {
  if (own !== undefined) endLife(own, exitCode);
  ring(bells.parent);
  // Nobody will hear them any more.
  for (const heard of unheard) ring(heard);
}

/**
 * In the worker, which has said that it ends: goes on when that was heard.
 *
 * @returns A promise where a thread above this one may be ended meanwhile: blocked, this one would stay for good.
 */
export function untilHeard({ heard, lives: [, ...above] }: WorkerHello): Promise<void> | undefined {
  if (above.length > 0) return Promise.race([heard, ...above].map(onceRung));
  waitUntilRung(heard);
  return undefined;
}
