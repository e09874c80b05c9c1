/** Starting, joining, pipes and memory of processes, beside Python's and the bare runtime. */
import { type Add, type Contender, type Extent, race } from "./measure.ts";
import { idleChildren } from "./memory.ts";
import { METHODS, Partner, startAndJoin } from "./ours.ts";
import { type Peer, startBareSocket, startBareWords } from "./peer.ts";

const SMALL = 123456;
const KIB_64 = new Uint8Array(1 << 16);
const MIB = new Uint8Array(1 << 20);

/** Measures the rows of processes themselves. */
export async function benchProcesses(python: Peer | undefined, { rounds, share }: Extent, add: Add): Promise<void> {
  const peers = present(
    ["spawn", "forkserver"].map((how) => python?.contender(`start:${how}`, `${python.name} ${how}`)),
  );
  const contenders = [...METHODS.map(startAndJoin), ...peers];
  const times = Math.ceil(5 * share);
  add(await race({ topic: "process", name: "start and join", unit: "ms", times, rounds, contenders }));
  add(await idleChildren(METHODS, python));
}

/** Measures the rows of pipes. */
export async function benchPipes(python: Peer | undefined, extent: Extent, add: Add): Promise<void> {
  await using socket = startBareSocket();
  await using words = startBareWords();
  for (const method of METHODS) {
    // Each alone, as two cores are soon taken.
    await using partner = await Partner.start(method);
    await measureRoundTrips(partner, [python, method === "worker" ? words : socket], extent, add);
    await measureLarge(partner, [python, socket], extent, add);
    await measureOneWay(partner, python, extent, add);
  }
}

type Peers = readonly (Peer | undefined)[];

async function measureRoundTrips(partner: Partner, peers: Peers, { rounds, share }: Extent, add: Add): Promise<void> {
  const theirs = peers.map((peer) => peer?.contender("round:small"));
  const contenders = present([partner.roundTrip(SMALL), partner.roundTripSync(SMALL), ...theirs]);
  const times = 2000 * share;
  add(await race({ topic: "pipe", name: "round trip, integer", unit: "µs", times, rounds, contenders }));
}

async function measureLarge(partner: Partner, peers: Peers, { rounds, share }: Extent, add: Add): Promise<void> {
  const theirs = peers.map((peer) => peer?.contender("round:1MiB"));
  const contenders = present([partner.roundTrip(MIB), partner.roundTripSync(MIB), ...theirs]);
  add(await race({ topic: "pipe", name: "round trip, 1 MiB", unit: "µs", times: 50 * share, rounds, contenders }));
}

async function measureOneWay(
  partner: Partner,
  python: Peer | undefined,
  { rounds, share }: Extent,
  add: Add,
): Promise<void> {
  const small = present([partner.oneWay(SMALL), partner.oneWayAtOnce(SMALL), python?.contender("one:small")]);
  const topic = "pipe";
  const times = 10_000 * share;
  add(await race({ topic, name: "one way, integers", unit: "messages/s", times, rounds, contenders: small }));
  for (const [size, name, value, count] of [["64KiB", "64 KiB", KIB_64, 500], ["1MiB", "1 MiB", MIB, 50]] as const) {
    const contenders = present([partner.oneWay(value), partner.oneWayAtOnce(value), python?.contender(`one:${size}`)]);
    const measured = { name: `one way, ${name}`, unit: "MiB/s", times: count * share, bytes: value.length } as const;
    add(await race({ topic, ...measured, rounds, contenders }));
  }
}

function present(contenders: readonly (Contender | undefined)[]): Contender[] {
  return contenders.filter((contender) => contender !== undefined);
}
