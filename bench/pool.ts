/** Pools, beside CPython's and those from npm: each in a process of its own, started anew for each row. */
import { type Add, type Aim, type Contender, type Extent, type Lack, race, resultOf, type Unit } from "./measure.ts";
import { METHODS } from "./ours.ts";
import { LazyPeer, newestPython, Peer, startDeno } from "./peer.ts";
import { memoryOfTree } from "./tree_memory.ts";

/** Whoever has a pool. */
interface Maker {
  readonly name: string;
  readonly start: () => Peer;
  /** Rows that it takes no part in, and why; an empty reason: for the sake of brevity. */
  readonly lacks: Readonly<Record<string, string>>;
  /** Whether the bench must cut a map into chunks. */
  readonly byHand?: boolean;
}

interface PoolRow {
  /** What it is called in orders. */
  readonly row: string;
  readonly name: string;
  readonly unit: Unit;
  readonly times: number;
  /** At most. */
  readonly rounds: number;
  readonly bytes?: number;
  readonly aim?: (who: string) => Aim | undefined;
}

const ROWS: readonly PoolRow[] = [
  { row: "start", name: "start-up to the first result", unit: "ms", times: 1, rounds: 7 },
  {
    row: "latency",
    name: "latency of one task",
    unit: "µs",
    times: 1000,
    rounds: 9,
    aim: (who) => ({ most: who === "ours, worker" ? 0.5 : 1 }),
  },
  {
    row: "throughput",
    name: "20,000 small tasks at once",
    unit: "tasks/s",
    times: 20_000,
    rounds: 5,
    aim: () => ({ most: 0.25 }),
  },
  {
    row: "map",
    name: "map of 1,000,000 numbers",
    unit: "tasks/s",
    times: 1_000_000,
    rounds: 5,
    aim: () => ({ most: 1, peer: "CPython" }),
  },
  { row: "imap", name: "imap, one by one", unit: "tasks/s", times: 20_000, rounds: 5 },
  { row: "large", name: "1 MiB in and out", unit: "ms", times: 2, rounds: 5 },
  { row: "recycle", name: "each worker does one task", unit: "ms", times: 50, rounds: 2 },
];
const CPU_TASKS = 16;
const IDLE_WORKERS = 8;

const NO_CHUNKS = "has no map that sends chunks; here they are cut by hand";
const NO_STREAM = "has no results that stream in order";
const NO_RECYCLING = "cannot replace a worker after so many tasks";
const OF_START = "differs by start method only in starting, so `spawn` stands for all";

/** Measures all rows. */
export async function benchPool(extent: Extent, add: Add): Promise<void> {
  const makers = await everyMaker();
  for (const row of ROWS) await measure(row, makers, extent, add);
  await measureCores(makers, extent, add);
  await measureMemory(makers, extent, add);
}

async function everyMaker(): Promise<Maker[]> {
  const python = await newestPython();
  const script = new URL("peers/pools.py", import.meta.url).pathname;
  const ofStart = {
    latency: OF_START,
    throughput: OF_START,
    map: OF_START,
    imap: OF_START,
    large: OF_START,
    cpu: OF_START,
  };
  return [
    ...METHODS.map((method) => ({
      name: `ours, ${method}`,
      start: () => startDeno(`ours, ${method}`, "pools/ours.ts", method),
      lacks: {},
    })),
    ...python === undefined ? [] : ["spawn", "forkserver", "fork"].map((method) => ({
      name: `CPython ${python.version} ${method}`,
      start: () => new Peer(`CPython ${python.version} ${method}`, python.path, [script, method]),
      lacks: method === "spawn" ? {} : ofStart,
    })),
    fromNpm("piscina", "pools/piscina.ts", [], { recycle: NO_RECYCLING }),
    fromNpm("tinypool", "pools/tinypool.ts", ["threads"], {}),
    fromNpm("tinypool, processes", "pools/tinypool.ts", ["processes"], {}),
    fromNpm("workerpool", "pools/workerpool.ts", ["thread"], { recycle: NO_RECYCLING }),
    fromNpm("workerpool, processes", "pools/workerpool.ts", ["process"], { recycle: NO_RECYCLING }),
    fromNpm("poolifier", "pools/poolifier.ts", [], { recycle: NO_RECYCLING }),
  ];
}

function fromNpm(name: string, script: string, args: string[], lacks: Record<string, string>): Maker {
  return {
    name,
    start: () => startDeno(name, script, ...args),
    lacks: { imap: NO_STREAM, ...lacks },
    byHand: true,
  };
}

async function measure(what: PoolRow, makers: readonly Maker[], extent: Extent, add: Add): Promise<void> {
  const { row, times, ...subject } = what;
  await using peers = new Peers(makers, row);
  add(
    await race({
      ...subject,
      topic: "pool",
      times: Math.ceil(times * extent.share),
      rounds: Math.min(subject.rounds, extent.rounds),
      lacks: peers.lacks,
      contenders: peers.contenders((peer, times) => peer.ask(`${row} ${times}`)),
    }),
  );
}

/** How much faster two workers are than one. */
async function measureCores(makers: readonly Maker[], extent: Extent, add: Add): Promise<void> {
  await using peers = new Peers(makers, "cpu");
  const run = async (peer: Peer) => await peer.ask(`cpu1 ${CPU_TASKS}`) / await peer.ask(`cpu2 ${CPU_TASKS}`);
  add(
    await race({
      topic: "pool",
      name: "busy tasks, 2 workers over 1",
      unit: "×",
      times: 1,
      rounds: Math.min(5, extent.rounds),
      lacks: peers.lacks,
      contenders: peers.contenders(run),
    }),
  );
}

/** By how much a program grows by idle workers, its processes together. */
async function measureMemory(makers: readonly Maker[], { rounds }: Extent, add: Add): Promise<void> {
  const resident = new Map<string, number[]>();
  const proportional = new Map<string, number[]>();
  const lacks: Lack[] = [];
  for (let round = 0; round < Math.min(3, rounds); round++) {
    for (const { name, start } of makers) {
      try {
        await using peer = start();
        await peer.ask("nothing 0");
        const before = memoryOfTree(peer.pid);
        await peer.ask(`idle ${IDLE_WORKERS}`);
        const after = memoryOfTree(peer.pid);
        push(resident, name, after.resident - before.resident);
        push(proportional, name, after.proportional - before.proportional);
      } catch (error) {
        if (round === 0) lacks.push({ who: name, why: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  const subject = { topic: "pool", unit: "MiB" as const, lacks };
  add(resultOf({ ...subject, name: `${IDLE_WORKERS} idle workers, resident` }, resident));
  add(resultOf({ ...subject, name: `${IDLE_WORKERS} idle workers, shared once` }, proportional));
}

function push(figures: Map<string, number[]>, who: string, figure: number): void {
  figures.set(who, [...figures.get(who) ?? [], figure]);
}

/** Those who take part in a row. */
class Peers implements AsyncDisposable {
  readonly lacks: readonly Lack[];
  readonly #peers: readonly LazyPeer[];

  constructor(makers: readonly Maker[], row: string) {
    const byHand = makers.filter((maker) => row === "map" && maker.byHand);
    this.#peers = makers.filter(({ lacks }) => lacks[row] === undefined)
      .map((maker) => new LazyPeer(maker.name + (byHand.includes(maker) ? ", by hand" : ""), maker.start));
    this.lacks = [
      ...makers.flatMap(({ name, lacks }) => lacks[row] === undefined ? [] : [{ who: name, why: lacks[row] }]),
      ...byHand.map(({ name }) => ({ who: name, why: NO_CHUNKS })),
    ];
  }

  contenders(run: (peer: Peer, times: number) => Promise<number>): Contender[] {
    return this.#peers.map((lazy) => ({ name: lazy.name, run: (times) => run(lazy.peer, times) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer[Symbol.asyncDispose]()));
  }
}
