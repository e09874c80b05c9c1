/**
 * The library beside Python's multiprocessing, the bare runtime and other serializers, in turns.
 *
 * `deno task bench [--quick] [--json]`
 *
 * @module
 */

import { benchCodec } from "./codec.ts";
import { memoryRows } from "./memory.ts";
import { type Contender, type Race, race, type Row } from "./measure.ts";
import { METHODS, Partner, startAndJoin } from "./ours.ts";
import { type Peer, startBareSocket, startBareWords, startPython } from "./peer.ts";
import { benchQueues } from "./queue.ts";
import { benchSync } from "./sync.ts";

const SMALL = 123456;
const KIB_64 = new Uint8Array(1 << 16);
const MIB = new Uint8Array(1 << 20);
const CODEC_AIMS: Record<string, number> = { "small object / msgpackr": 0.6, "1 MiB of bytes / structuredClone": 1 };

const quick = Deno.args.includes("--quick");
const asJson = Deno.args.includes("--json");
// Seldom and short when quick.
const rounds = quick ? 3 : 9;
const share = quick ? 0.2 : 1;
const rows: Row[] = [];

// Children import this module too.
if (import.meta.main) await main();

async function main(): Promise<void> {
  const python = await startPython();
  if (python === undefined) console.error("Python: not available");
  await measureStart(python);
  await measurePipes(python);
  add(await memoryRows(METHODS, python));
  await python?.[Symbol.asyncDispose]();
  await measureSync();
  await measureQueues();
  try {
    add(await codecRows());
  } catch (error) {
    console.error(`Codec: not available: ${error instanceof Error ? error.message : error}`);
  }
  if (asJson) console.log(JSON.stringify({ quick, deno: Deno.version.deno, rows }, undefined, 2));
}

async function measureStart(python: Peer | undefined): Promise<void> {
  const peers = present(
    ["spawn", "forkserver"].map((how) => python?.contender(`start:${how}`, `${python.name} ${how}`)),
  );
  const contenders = [...METHODS.map(startAndJoin), ...peers];
  await run({ name: "start and join", unit: "ms", times: Math.ceil(5 * share), rounds, contenders });
}

async function measureSync(): Promise<void> {
  const python = await startPython("sync.py");
  try {
    await benchSync(python, { rounds, share }, add);
  } finally {
    await python?.[Symbol.asyncDispose]();
  }
}

async function measureQueues(): Promise<void> {
  const python = await startPython("queues.py");
  try {
    await benchQueues(python, { rounds, share }, add);
  } finally {
    await python?.[Symbol.asyncDispose]();
  }
}

async function measurePipes(python: Peer | undefined): Promise<void> {
  await using socket = startBareSocket();
  await using words = startBareWords();
  for (const method of METHODS) {
    // Each alone, as two cores are soon taken.
    await using partner = await Partner.start(method);
    await measureRoundTrips(partner, python, method === "worker" ? words : socket, socket);
    await measureOneWay(partner, python);
  }
}

async function measureRoundTrips(
  partner: Partner,
  python: Peer | undefined,
  bare: Peer,
  socket: Peer,
): Promise<void> {
  const small = [partner.roundTrip(SMALL), python?.contender("round:small"), bare.contender("round:small")];
  const large = [partner.roundTrip(MIB), python?.contender("round:1MiB"), socket.contender("round:1MiB")];
  await run({ name: "round trip, integer", unit: "µs", times: 2000 * share, rounds, contenders: present(small) });
  await run({ name: "round trip, 1 MiB", unit: "µs", times: 50 * share, rounds, contenders: present(large) });
}

async function measureOneWay(partner: Partner, python: Peer | undefined): Promise<void> {
  const small = [partner.oneWay(SMALL), partner.oneWayAtOnce(SMALL), python?.contender("one:small")];
  const times = 10_000 * share;
  await run({ name: "one way, integers", unit: "messages/s", times, rounds, contenders: present(small) });
  for (const [size, name, value, count] of [["64KiB", "64 KiB", KIB_64, 500], ["1MiB", "1 MiB", MIB, 50]] as const) {
    const contenders = present([partner.oneWay(value), partner.oneWayAtOnce(value), python?.contender(`one:${size}`)]);
    const bytes = value.length;
    await run({ name: `one way, ${name}`, unit: "MiB/s", times: count * share, rounds, bytes, contenders });
  }
}

async function codecRows(): Promise<Row[]> {
  return (await benchCodec()).map(({ name, peer, ours, theirs, ratio }) => {
    const aim = CODEC_AIMS[`${name} / ${peer}`];
    return {
      name: `codec, ${name}`,
      who: "ours",
      unit: "ns",
      median: ours,
      best: ours,
      peer: { who: peer, median: theirs, ratio },
      ...aim !== undefined && { aim: { ratio: aim, met: ratio <= aim } },
    };
  });
}

async function run(what: Race): Promise<void> {
  add(await race(what));
}

function present(contenders: readonly (Contender | undefined)[]): Contender[] {
  return contenders.filter((contender) => contender !== undefined);
}

function add(more: readonly Row[]): void {
  rows.push(...more);
  if (!asJson) { for (const row of more) console.log(line(row)); }
}

function line({ name, who, unit, median, best, peer, aim }: Row): string {
  const own = `${name.padEnd(28)} ${who.padEnd(30)} ${figure(median)} (best ${figure(best).trim()}) ${unit}`.padEnd(
    100,
  );
  const beside = peer === undefined
    ? ""
    : ` ${peer.ratio.toFixed(2).padStart(6)} × ${peer.who} (${figure(peer.median).trim()})`;
  const verdict = aim === undefined ? "" : `, aim ${aim.ratio}: ${aim.met ? "met" : "MISSED"}`;
  return own + beside + verdict;
}

function figure(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 4 }).padStart(9);
}
