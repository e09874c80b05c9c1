import { assert, assertEquals } from "@std/assert";
import { PipeHome } from "../../src/channel/pipe_home.ts";
import type { Message } from "../../src/channel/pipe_wire.ts";
import { FakeSeat, numberOf } from "../helpers/fake_seat.ts";
import { Random } from "../helpers/random.ts";

function settle(seats: readonly FakeSeat[], random = new Random(0)): void {
  while (seats.some((seat) => seat.step(random)));
}

function createHome(): { home: PipeHome; dropped: number[]; unheld: () => number } {
  const dropped: number[] = [];
  let unheld = 0;
  const home = new PipeHome((message) => dropped.push(numberOf(message)), () => unheld++);
  return { home, dropped, unheld: () => unheld };
}

/** A pipe of which so many messages are on their way to a reader elsewhere, the only one so far. */
function createAhead(count: number): { home: PipeHome; sender: FakeSeat; first: FakeSeat; second: FakeSeat } {
  const { home } = createHome();
  const sender = new FakeSeat(home, 0, "s", false, []);
  const first = new FakeSeat(home, 1, "a", true, [1]);
  const second = new FakeSeat(home, 1, "b", true, [2]);
  first.receive();
  settle([first]);
  for (let number = 0; number < count; number++) sender.send(number);
  return { home, sender, first, second };
}

for (const remote of [false, true]) {
  const where = remote ? "elsewhere" : "here";

  Deno.test(`PipeHome gives messages in their order to a reader ${where}`, () => {
    const { home } = createHome();
    const sender = new FakeSeat(home, 0, "s", remote);
    const reader = new FakeSeat(home, 1, "r", remote);
    reader.receive();
    for (let number = 0; number < 10; number++) sender.send(number);
    settle([sender, reader]);
    assertEquals(reader.received, [0]);
    for (let number = 1; number < 10; number++) reader.receive();
    settle([sender, reader]);
    assertEquals(reader.received, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  Deno.test(`PipeHome tells the end to a reader ${where} once the last holder of the other end is gone, after the messages`, () => {
    const { home, unheld } = createHome();
    const first = new FakeSeat(home, 0, "a", remote);
    const second = new FakeSeat(home, 0, "b", remote);
    const reader = new FakeSeat(home, 1, "r", remote);
    const all = [first, second, reader];
    first.send(1);
    first.close();
    settle(all);
    reader.receive();
    reader.receive();
    settle(all);
    assertEquals([reader.received, reader.ended], [[1], false]);
    home.lend(0, "lease", [2]);
    second.send(2);
    second.close();
    settle(all);
    assertEquals([reader.received, reader.ended, reader.told], [[1, 2], false, []]);
    home.unlend(0, "lease");
    settle(all);
    assertEquals([reader.ended, reader.told, unheld()], [true, ["broken"], 0]);
    reader.close();
    settle(all);
    assertEquals(unheld(), 1);
  });

  Deno.test(`PipeHome drops what nobody is left to receive, and tells a sender ${where}`, () => {
    const { home, dropped } = createHome();
    const sender = new FakeSeat(home, 0, "s", remote);
    const reader = new FakeSeat(home, 1, "r", remote);
    sender.send(1);
    settle([sender]);
    reader.close();
    settle([reader, sender]);
    assertEquals([dropped, sender.told], [[1], ["broken"]]);
    sender.send(2);
    settle([sender]);
    assertEquals([dropped, sender.told], [[1, 2], ["broken", "broken"]]);
  });
}

Deno.test("PipeHome sends ahead to the only reader elsewhere, and asks it to give back when another reads", () => {
  const { first, second } = createAhead(5);
  settle([first]);
  second.receive();
  settle([first, second]);
  assertEquals([first.told, first.received, second.received], [["recall"], [0], [1]]);
  first.receive();
  second.receive();
  settle([first, second]);
  assertEquals([...first.received, ...second.received].sort(), [0, 1, 2, 3]);
});

Deno.test("PipeHome asks a reader to give back though it has been told the end, and tells it again", () => {
  const { home } = createHome();
  const sender = new FakeSeat(home, 0, "s", false);
  const first = new FakeSeat(home, 1, "a", true, [1]);
  first.receive();
  settle([first]);
  for (let number = 0; number < 3; number++) sender.send(number);
  sender.close();
  settle([first]);
  const second = new FakeSeat(home, 1, "b", true, [2]);
  second.receive();
  settle([first, second]);
  for (let time = 0; time < 3; time++) first.receive();
  settle([first, second]);
  assertEquals([first.received, second.received], [[0, 2], [1]]);
  assertEquals([first.ended, second.ended], [true, true]);
  assert(first.told.includes("recall after the end"));
});

Deno.test("PipeHome keeps the order though a message that leaves makes room for the next of the same sender", () => {
  const { home } = createHome();
  const reader = new FakeSeat(home, 1, "a", true, [1]);
  const other = new FakeSeat(home, 1, "b", true, [2]);
  const sender = new FakeSeat(home, 0, "s", false);
  reader.receive();
  reader.receive();
  settle([reader]);
  // Nothing is handed out until the first reader has answered.
  other.ask();
  settle([other]);
  sender.onRoom = () => sender.send(2);
  sender.send(1);
  settle([reader, other]);
  assertEquals(reader.received, [1, 2]);
});

Deno.test("PipeHome waits for what comes back from a reader that has closed, before it gives anything to another", () => {
  const { sender, first, second } = createAhead(4);
  // All four are on their way to it.
  first.close();
  second.receive();
  second.receive();
  sender.send(4);
  sender.close();
  settle([first, second]);
  for (let time = 0; time < 4; time++) second.receive();
  settle([second]);
  assertEquals([first.received, second.received, second.ended], [[], [0, 1, 2, 3, 4], true]);
});

Deno.test("PipeHome does not tell the end while a reader may still give something back", () => {
  const { home } = createHome();
  const sender = new FakeSeat(home, 0, "s", false);
  const first = new FakeSeat(home, 1, "a", true, [1]);
  const second = new FakeSeat(home, 1, "b", true, [2]);
  for (const reader of [first, second]) reader.watch();
  settle([first, second]);
  first.receive();
  settle([first]);
  sender.send(1);
  // It gives up while the message is on its way.
  first.abort();
  sender.close();
  second.receive();
  settle([first, second]);
  assertEquals([first.received, second.received, first.ended], [[], [1], true]);
});

Deno.test("PipeHome drops what comes back when nobody else is left", () => {
  const { home, dropped } = createHome();
  const sender = new FakeSeat(home, 0, "s", false);
  const reader = new FakeSeat(home, 1, "a", true, [1]);
  reader.receive();
  settle([reader]);
  for (let number = 0; number < 3; number++) sender.send(number);
  reader.close();
  settle([reader]);
  assertEquals([dropped, sender.told], [[0, 1, 2], ["broken"]]);
});

Deno.test("PipeHome gives others what comes back from a reader whose process ends", () => {
  const { sender, first, second } = createAhead(3);
  first.retire();
  sender.send(3);
  first.die();
  second.receive();
  settle([first, second]);
  for (let time = 0; time < 3; time++) second.receive();
  settle([second]);
  assertEquals([first.received, second.received], [[], [0, 1, 2, 3]]);
});

Deno.test("PipeHome gives others what is on its way to a reader that has closed and whose process has ended", () => {
  const { first, second } = createAhead(4);
  first.close();
  first.die();
  second.receive();
  settle([first, second]);
  for (let time = 0; time < 3; time++) second.receive();
  settle([second]);
  assertEquals([first.received, second.received], [[], [0, 1, 2, 3]]);
});

Deno.test("PipeHome sends what is left to no reader whose process is about to end", () => {
  const { home, first, second } = createAhead(3);
  settle([first]);
  first.retire();
  settle([first]);
  home.evacuate();
  settle([second]);
  for (let time = 0; time < 2; time++) second.receive();
  assertEquals([first.received, second.received], [[0], [1, 2]]);
});

Deno.test("PipeHome bounds what it sends ahead, whatever is sent", () => {
  const { home } = createHome();
  const sender = new FakeSeat(home, 0, "s", false);
  const reader = new FakeSeat(home, 1, "r", true);
  reader.receive();
  settle([reader]);
  const big: Message = { bytes: new Uint8Array(100_000), owned: true, leases: [] };
  for (let number = 0; number < 20; number++) home.send(0, "s", big);
  settle([reader]);
  // What has left the home was told to the sender.
  assert(sender.left > 100_000 && sender.left < 600_000, `${sender.left} bytes were sent ahead`);
});

for (const remote of [false, true]) {
  const where = remote ? "elsewhere" : "here";

  Deno.test(`PipeHome tells a seat ${where} whether there is something to receive, and gives nothing away`, () => {
    const { home } = createHome();
    const sender = new FakeSeat(home, 0, "s", false);
    const asker = new FakeSeat(home, 1, "a", remote);
    const other = new FakeSeat(home, 1, "b", true, [2]);
    const all = [asker, other];
    asker.ask();
    settle(all);
    sender.send(1);
    asker.ask();
    settle(all);
    other.receive();
    settle(all);
    asker.ask();
    settle(all);
    sender.close();
    asker.ask();
    settle(all);
    const answers = asker.told.filter((told) => told.endsWith("thing"));
    assertEquals(answers, ["nothing", "something", "nothing", "something"]);
    assertEquals(other.received, [1]);
  });

  Deno.test(`PipeHome wakes a seat ${where} once, when there is something that nobody takes, and at the end`, () => {
    const { home } = createHome();
    const sender = new FakeSeat(home, 0, "s", false);
    const watcher = new FakeSeat(home, 1, "a", remote);
    const other = new FakeSeat(home, 1, "b", false, [2]);
    const all = [watcher, other];
    const wakes = () => watcher.told.filter((told) => told === "wake").length + watcher.received.length;
    other.receive();
    watcher.watch();
    settle(all);
    sender.send(1);
    settle(all);
    assertEquals([other.received, wakes()], [[1], 0]);
    sender.send(2);
    sender.send(3);
    settle(all);
    assertEquals(wakes(), 1);
    other.receive();
    other.receive();
    settle(all);
    assertEquals(other.received, [1, 2, 3]);
    watcher.watch();
    settle(all);
    assertEquals(wakes(), 1);
    sender.close();
    settle(all);
    assertEquals([wakes(), watcher.ended], [2, true]);
  });
}

Deno.test("PipeHome gives up all that was in and below a process that is gone", () => {
  const { home } = createHome();
  const reader = new FakeSeat(home, 1, "r", false, []);
  new FakeSeat(home, 0, "a", true, [1]);
  new FakeSeat(home, 0, "b", true, [1, 4]);
  home.lend(0, "lease", [1, 2, 3]);
  reader.receive();
  home.bury([2]);
  home.bury([1, 4]);
  assertEquals(reader.ended, false);
  home.bury([1]);
  assertEquals([reader.ended, reader.told], [true, ["broken"]]);
});

Deno.test("PipeHome sends all that is left to a holder elsewhere before its process ends", () => {
  const { home } = createHome();
  const sender = new FakeSeat(home, 0, "s", false, []);
  const reader = new FakeSeat(home, 1, "r", true);
  for (let number = 0; number < 5; number++) sender.send(number);
  home.evacuate();
  settle([reader]);
  for (let time = 0; time < 5; time++) reader.receive();
  assertEquals(reader.received, [0, 1, 2, 3, 4]);
});

Deno.test("PipeHome loses, doubles and reorders nothing, whatever happens in whatever order", () => {
  for (let seed = 0; seed < 400; seed++) runAtRandom(seed);
});

/** Two senders and one to three readers, at random; each message is a number, those of a sender ascend. */
function runAtRandom(seed: number): void {
  const random = new Random(seed);
  const { home, dropped } = createHome();
  const senders = [0, 1].map((index) => new FakeSeat(home, 0, `s${index}`, random.below(2) === 0, [index + 1]));
  const count = 1 + random.below(3);
  const readers = Array.from(
    { length: count },
    (_, index) => new FakeSeat(home, 1, `r${index}`, random.below(3) > 0, [index + 3]),
  );
  const all = [...senders, ...readers];
  const sent: number[] = [];
  for (let step = 0; step < 300; step++) {
    const action = random.below(10);
    const from = random.below(2);
    const reader = random.pick(readers);
    if (action < 3) senders[from]?.send(sent[sent.push(from * 1000 + step) - 1] ?? 0);
    else if (action < 5 && reader.open) reader.receive();
    else if (action === 5 && reader.open) {
      random.pick([() => reader.abort(), () => reader.ask(), () => reader.watch()])();
    } else random.pick(all).step(random);
    // One of several may close, or its process end, while messages are on their way to it.
    if (step === 200 && count > 1 && readers[0] !== undefined) leave(readers[0], random);
  }
  const early = random.below(2) === 0;
  if (early) { for (const sender of senders) sender.close(); }
  settle(all, random);
  const open = readers.filter((reader) => reader.open);
  assert(early || open.every(({ ended }) => !ended), `seed ${seed}: the end was told too early`);
  // The rest is received by all by turns.
  for (let time = 0; time < sent.length; time++) {
    random.pick(open).receive();
    settle(all, random);
  }
  if (!early) { for (const sender of senders) sender.close(); }
  settle(all, random);
  const received = readers.flatMap((reader) => reader.received);
  assertEquals(received.toSorted(compare), sent.toSorted(compare), `seed ${seed}`);
  assertEquals(dropped, [], `seed ${seed}`);
  assert(open.every(({ ended }) => ended), `seed ${seed}: the end was not told`);
  assert(open.every(({ asked }) => asked === 0), `seed ${seed}: a question was not answered`);
  if (count > 1) return;
  for (const from of [0, 1]) {
    const own = received.filter((number) => Math.floor(number / 1000) === from);
    assertEquals(own, own.toSorted(compare), `seed ${seed}: not in their order`);
  }
}

/** Leaves, in one way or another; one way is to go on after all. */
function leave(reader: FakeSeat, random: Random): void {
  const way = reader.remote ? random.below(4) : 0;
  if (way < 2) reader.close();
  else reader.retire();
  if (way === 1 || way === 2) reader.die();
}

function compare(left: number, right: number): number {
  return left - right;
}
