/**
 * A thread that sleeps on the doorbell of its process and rings a bell that the event loop hears: the runtime has no asynchronous
 * wait for words that another process changes. It also watches the obituaries of the others, and rings everyone's doorbell at a death,
 * as the kernel wakes only one of those who watch.
 *
 * @module
 */

import { startThread, type ThreadScope } from "../base/thread_source.ts";
import { keepWorkerAlive } from "../base/unref_worker.ts";
import { MOST_WORDS, SYS_FUTEX, SYS_FUTEX_WAITV } from "../memory/futex.ts";
import { libraryName } from "../memory/libc.ts";
import { Header, OWNER_DIED, Slot, SLOT_WORDS, SLOTS_AT, SlotState } from "./layout.ts";

/** What the thread is told. */
interface Instructions {
  readonly library: string;
  readonly cells: Int32Array<SharedArrayBuffer>;
  /** Address of the first word. */
  readonly base: number;
  /** Index of the word that counts what the event loop of this process is to hear. */
  readonly ear: number;
  /** Words of the bell that the event loop hears. */
  readonly relay: Int32Array<SharedArrayBuffer>;
  readonly calls: { readonly wake: bigint; readonly wait: bigint };
  /** Where what lies; as the thread can import nothing. */
  readonly layout: {
    readonly slots: number;
    readonly first: number;
    readonly size: number;
    readonly state: number;
    readonly alive: number;
    readonly bell: number;
    readonly ear: number;
    readonly host: number;
    readonly died: number;
  };
  readonly mostWords: number;
}

/** Runs in the thread. */
function relayRings(scope: ThreadScope<Instructions, never>): void {
  scope.onmessage = ({ data: { library, cells, base, ear, relay, calls, layout, mostWords } }) => {
    const { symbols } = Deno.dlopen(library, {
      wake: { name: "syscall", parameters: ["i64", "usize", "i32", "i32", "usize", "usize", "i32"], result: "i64" },
      wait: { name: "syscall", parameters: ["i64", "buffer", "u32", "u32", "usize", "i32"], result: "i64" },
    });
    const addressOf = (word: number) => BigInt(base + 4 * word);
    // Of processes that take part themselves, and not this one.
    const others = function* () {
      for (let slot = 0; slot < Atomics.load(cells, layout.slots); slot++) {
        const at = layout.first + slot * layout.size;
        const alive = Atomics.load(cells, at + layout.state) === layout.alive && cells[at + layout.host] === 0;
        if (alive && at + layout.ear !== ear) yield at;
      }
    };
    const told = new Set<number>();
    const tellOthers = () => {
      for (const at of others()) {
        for (const word of [at + layout.bell, at + layout.ear]) {
          Atomics.add(cells, word, 1);
          symbols.wake(calls.wake, addressOf(word), 1, 0x7fffffff, 0n, 0n, 0);
        }
      }
    };
    for (;;) {
      const watched = [[ear, Atomics.load(cells, ear)] as const];
      let news = false;
      for (const at of others()) {
        const obituary = Atomics.load(cells, at);
        if ((obituary & layout.died) === 0) {
          told.delete(at);
          if (watched.length < mostWords) watched.push([at, obituary]);
        } else if (!told.has(at)) {
          told.add(at);
          news = true;
          // The kernel woke one who watched, which is this thread; that of the program may be blocked on it too.
          symbols.wake(calls.wake, addressOf(at), 1, 0x7fffffff, 0n, 0n, 0);
        }
      }
      if (news) tellOthers();
      Atomics.add(relay, 0, 1);
      Atomics.notify(relay, 0);
      const list = new BigUint64Array(3 * watched.length);
      watched.forEach(([word, value], index) => list.set([BigInt(value >>> 0), addressOf(word), 2n], 3 * index));
      symbols.wait(calls.wait, list, watched.length, 0, 0n, 1);
    }
  };
}

/** The thread of a process. */
export class FutexThread {
  /**
   * Starts the thread, which never ends but does not keep the program alive.
   *
   * @param base Address of the first word.
   * @param ear Index of the word that counts what the event loop is to hear.
   * @param relay Words of the bell to be rung.
   */
  constructor(
    cells: Int32Array<SharedArrayBuffer>,
    base: number,
    ear: number,
    relay: Int32Array<SharedArrayBuffer>,
  ) {
    const thread = startThread(relayRings, "doorbell");
    keepWorkerAlive(thread, false);
    thread.postMessage(
      {
        library: libraryName("wait for other processes"),
        cells,
        base,
        ear,
        relay,
        calls: { wake: SYS_FUTEX, wait: SYS_FUTEX_WAITV },
        layout: {
          slots: Header.SLOTS,
          first: SLOTS_AT,
          size: SLOT_WORDS,
          state: Slot.STATE,
          alive: SlotState.ALIVE,
          bell: Slot.BELL,
          ear: Slot.EAR,
          host: Slot.HOST,
          died: OWNER_DIED,
        },
        mostWords: MOST_WORDS,
      } satisfies Instructions,
    );
  }
}
