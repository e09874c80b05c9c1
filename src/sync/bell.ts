/**
 * A doorbell: one shared word that others increment and notify when they left something for its owner. Each process of the
 * module has one, whatever the number of its neighbours, so a pending wait costs no thread and no second asynchronous wait.
 * This is the only file that waits on memory without blocking.
 *
 * A thread that blocks hears of neighbours in other processes too: then it sleeps on a pipe, to which whoever rings writes.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import { closeDescriptor } from "../memory/mapping.ts";
import { wakeBy, WakePipe } from "../memory/wake_pipe.ts";
import { Lingering } from "./lingering.ts";
import { Patience } from "./patience.ts";

const RINGS = 0; // index of the word that counts the rings
const ASLEEP = 1; // index of the word that says on which pipe its owner sleeps, by its descriptor and one more

// So many rings are served in a row before the event loop gets a turn of its own.
const RINGS_PER_TURN = 64;

/** Blocks the thread until words were rung, if they were not already. */
export function waitUntilRung(words: Int32Array<SharedArrayBuffer>): void {
  Atomics.wait(words, RINGS, 0);
}

/** {@linkcode waitUntilRung}, also of the words of a thread's life, without blocking; does not keep the program alive. */
export async function onceRung(words: Int32Array<SharedArrayBuffer>): Promise<void> {
  await Atomics.waitAsync(words, RINGS, 0).value;
}

/** Rings the bell whose words are given; its owner may be in any thread of this OS process. */
export function ring(words: Int32Array): void {
  Atomics.add(words, RINGS, 1);
  Atomics.notify(words, RINGS);
  const writer = Atomics.load(words, ASLEEP) - 1;
  if (writer >= 0) wakeBy(writer);
}

/** A neighbour in another process, as a thread that blocks has to do with it. */
export interface FarNeighbour {
  /** Has it wake a blocked thread by the pipe of that descriptor from now on, or else the event loop. */
  arm(writer: number | undefined): void;
  /** Has it wake nobody for now: this thread looks for itself. */
  hush(): void;
  /** This thread may not come back to its event loop, so whatever is put off to that is done now. */
  press(): void;
}

/** Neighbours of this thread in other processes, whatever their bell. */
const everyFar = new Set<FarNeighbour>();

/** Has neighbours in other processes hear what they were rung for, also if this thread blocks from now on. */
export function pressAll(): void {
  for (const neighbour of everyFar) neighbour.press();
}

/** What a thread that blocks has to hear by itself, as of a child process. */
export interface Source {
  /** A descriptor that can be read from when there is news; `undefined` if there is no source any more. */
  open(): number | undefined;
  /**
   * There is news, or no source.
   *
   * @returns Whether there may be more.
   */
  hear(descriptor: number | undefined): boolean;
}

/** A source and its descriptor, once that is open. */
interface OpenSource {
  readonly source: Source;
  descriptor: number | undefined;
}

/**
 * Waits for one turn of the event loop. Takes a thousandth of the time that a timer takes, which is why there is none, and does not keep
 * the program alive.
 */
export async function nextTurn(): Promise<void> {
  // Nobody else knows of it, so it is heard.
  const words = Bell.words();
  const turn = onceRung(words);
  ring(words);
  await turn;
}

/** The bell of the running process. */
export class Bell {
  #words = Bell.words();
  readonly #answers = new Set<() => void>();
  #listening = false;
  #inTurn = 0;
  /** Neighbours in other processes. */
  readonly #far = new Set<FarNeighbour>();
  readonly #sources = new Set<OpenSource>();
  /** How many threads ring that may not write to a pipe. */
  #weak = 0;
  // An answer may take long.
  readonly #patience = new Patience(1);
  /** How many times something has come. */
  #news = 0;
  readonly #lingering = new Lingering({
    turn: nextTurn,
    begin: () => {
      this.#hush();
      return true;
    },
    look: () => this.answer(),
    count: () => this.#news,
    end: () => this.#wakened(),
  });
  #pipe: WakePipe | undefined;
  /** How many times neighbours have come to be that are not armed. */
  #disarms = 0;

  /** Words for a bell. */
  static words(): Int32Array<SharedArrayBuffer> {
    return new Int32Array(new SharedArrayBuffer(8));
  }

  /** The shared word; what others need to ring. */
  get words(): Int32Array<SharedArrayBuffer> {
    return this.#words;
  }

  /** Takes words that others know already; before anybody listens. */
  adopt(words: Int32Array<SharedArrayBuffer>): void {
    if (this.#listening) throw new Error("Cannot exchange the words of a bell: it is listened to");
    this.#words = words;
  }

  /** Calls `answer` after each ring, until the returned function is called. A bell that waits does not keep the program alive. */
  onRing(answer: () => void): () => void {
    this.#answers.add(answer);
    if (!this.#listening) this.#listen(Atomics.load(this.words, RINGS));
    return () => this.#answers.delete(answer);
  }

  /** From now on a thread that blocks hears of a neighbour in another process, until the returned function is called. */
  addFar(neighbour: FarNeighbour): () => void {
    this.#far.add(neighbour);
    everyFar.add(neighbour);
    this.#disarms++;
    return () => {
      this.#far.delete(neighbour);
      everyFar.delete(neighbour);
    };
  }

  /**
   * From now on a thread that blocks hears of a source, until there is none or the returned function is called.
   *
   * @param options Whether it is opened at once: it may be gone by the time that it is needed.
   */
  addSource(source: Source, { atOnce = false }: { atOnce?: boolean } = {}): () => void {
    const open: OpenSource = { source, descriptor: atOnce ? source.open() : undefined };
    this.#sources.add(open);
    return () => this.#forget(open);
  }

  /** From now on a thread rings that may not call native code, until the returned function is called. */
  addWeak(): () => void {
    this.#weak++;
    return () => this.#weak--;
  }

  /** Gives back what blocking took; the thread ends. */
  close(): void {
    this.#pipe?.close();
    this.#pipe = undefined;
  }

  /** Answers at once, as after a ring; all do, though one may throw. */
  answer(): void {
    const failures: unknown[] = [];
    for (const answer of this.#answers) {
      try {
        answer();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /**
   * Blocks the thread until a ring, answering it, or until the time is up.
   *
   * @param timeout Milliseconds.
   * @param done Asked after each ring whether the wait is over.
   * @returns Whether `done` was answered with true.
   * @throws {NotSupportedError} If there are processes to be heard of, and threads that could not wake this one from that.
   */
  waitSync(done: () => boolean, timeout: number): boolean {
    const end = performance.now() + timeout;
    let pipe = this.#farPipe();
    try {
      if (this.#lookOn(done, timeout)) return true;
      for (;;) {
        const disarms = this.#disarms;
        // An answer may have made a neighbour.
        pipe = this.#farPipe();
        if (pipe !== undefined) this.#armFar(pipe.writer);
        // Read before looking: what is left after this is announced by another ring.
        const seen = Atomics.load(this.words, RINGS);
        this.answer();
        if (done()) return true;
        const left = end - performance.now();
        if (left <= 0) return false;
        // There is a neighbour more, or another wait within an answer has told them all that this thread is awake.
        if (disarms !== this.#disarms) continue;
        if (pipe !== undefined) this.#sleep(pipe, seen, left);
        else Atomics.wait(this.words, RINGS, seen, left);
      }
    } finally {
      if (pipe !== undefined) this.#wakened();
    }
  }

  /** Something has come, and is about to be told. */
  heard(): void {
    this.#news++;
    this.#lingering.begin();
  }

  /** Whether it is over soon: for a moment, this thread looks for itself, and nobody need wake it. */
  #lookOn(done: () => boolean, timeout: number): boolean {
    this.#hush();
    const look = () => {
      this.answer();
      return done() || undefined;
    };
    return this.#patience.lookOn(look, timeout) ?? false;
  }

  #hush(): void {
    pressAll();
    for (const neighbour of this.#far) neighbour.hush();
  }

  /** Whether {@linkcode Bell.waitSync} is not refused. */
  get canWaitSync(): boolean {
    return this.#weak === 0 || this.#far.size + this.#sources.size === 0;
  }

  /** What this thread is to sleep on, if it has neighbours in other processes. */
  #farPipe(): WakePipe | undefined {
    if (this.#far.size + this.#sources.size === 0) return undefined;
    if (!this.canWaitSync) throw tooWeak();
    return this.#pipe ??= new WakePipe();
  }

  /** Why {@linkcode Bell.waitSync} is refused, if so. */
  get refusal(): NotSupportedError | undefined {
    return this.canWaitSync ? undefined : tooWeak();
  }

  #armFar(writer: number | undefined): void {
    for (const neighbour of this.#far) neighbour.arm(writer);
  }

  /** The thread goes back to its event loop. */
  #wakened(): void {
    this.#disarms++;
    this.#armFar(undefined);
    // What came before they knew rings nobody.
    this.answer();
  }

  /** Blocks until a ring, by whoever, or news of a source. */
  #sleep(pipe: WakePipe, seen: number, timeout: number): void {
    pressAll();
    const sources = this.#watched();
    Atomics.store(this.words, ASLEEP, pipe.writer + 1);
    const news = Atomics.load(this.words, RINGS) === seen ? pipe.sleep([...sources.keys()], timeout) : [];
    Atomics.store(this.words, ASLEEP, 0);
    for (const descriptor of news) this.#hear(sources.get(descriptor));
  }

  /** The sources by their descriptors. */
  #watched(): Map<number, OpenSource> {
    const watched = new Map<number, OpenSource>();
    for (const open of this.#sources) {
      open.descriptor ??= open.source.open();
      if (open.descriptor !== undefined) watched.set(open.descriptor, open);
      else this.#hear(open);
    }
    return watched;
  }

  #hear(open: OpenSource | undefined): void {
    if (open === undefined || !this.#sources.has(open)) return;
    if (!open.source.hear(open.descriptor) || open.descriptor === undefined) this.#forget(open);
    // What that changed is looked at before the next sleep.
    ring(this.words);
  }

  #forget(open: OpenSource): void {
    if (this.#sources.delete(open) && open.descriptor !== undefined) closeDescriptor(open.descriptor);
  }

  #listen(seen: number): void {
    this.#listening = this.#answers.size > 0;
    if (!this.#listening) return;
    const wait = Atomics.waitAsync(this.words, RINGS, seen);
    if (wait.async) {
      this.#inTurn = 0;
      wait.value.then(() => this.#rung());
    } else if (++this.#inTurn < RINGS_PER_TURN) {
      queueMicrotask(() => this.#rung());
    } else {
      // A neighbour that never pauses must not starve timers and sockets of this thread.
      this.#inTurn = 0;
      nextTurn().then(() => this.#rung());
    }
  }

  #rung(): void {
    const seen = Atomics.load(this.words, RINGS);
    try {
      this.answer();
    } finally {
      // An answer that fails leaves nobody deaf.
      this.#listen(seen);
    }
  }
}

function tooWeak(): NotSupportedError {
  return new NotSupportedError(
    "Cannot block for threads and processes at a time: a worker that may not call native code could not wake this thread; " +
      "give it the permission ffi, or use the asynchronous twin",
  );
}
