/** A connection to a pipe, for tests of its home. */
import type { Address } from "../../src/base/identity.ts";
import type { PipeHome } from "../../src/channel/pipe_home.ts";
import { type Seat, weightOf } from "../../src/channel/pipe_side.ts";
import type { EndIndex, Message } from "../../src/channel/pipe_wire.ts";
import type { Random } from "./random.ts";

/** A message that is known by a number. */
function messageOf(number: number): Message {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return { bytes, owned: true, leases: [] };
}

/** The number of a message. */
export function numberOf({ bytes }: Message): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

/** A connection as the home sees it, which does as a real one does, but a step at a time when the test says so. */
export class FakeSeat implements Seat {
  readonly received: number[] = [];
  readonly told: string[] = [];
  #received = 0;
  #exclusive = false;
  /** Receives that wait. */
  #receivers = 0;
  #wanted = 0;
  readonly #inbox: Message[] = [];
  /** What is on its way in each direction. */
  readonly #fromHome: (() => void)[] = [];
  readonly #toHome: (() => void)[] = [];
  open = true;
  ended = false;
  #retired = false;
  #dead = false;
  /** How many bytes that it sent have left the home. */
  left = 0;
  /** Called when something that it sent has left the home. */
  onRoom: (() => void) | undefined;
  /** How many questions were not answered yet. */
  asked = 0;

  constructor(
    readonly home: PipeHome,
    readonly side: EndIndex,
    readonly key: string,
    readonly remote: boolean,
    readonly address: Address = [1],
  ) {
    home.join(side, key, this);
  }

  deliver(message: Message, exclusive: boolean): void {
    this.#hear(() => {
      if (!this.open) return this.#tell(() => this.home.giveBack(this.side, this.key, [message], 0, false));
      this.#received++;
      if (this.#retired) return;
      if (this.#wanted > 0) this.#wanted--;
      this.#exclusive = exclusive;
      if (this.#receivers > 0) {
        this.#receivers--;
        return this.#take(message);
      }
      const received = this.#received;
      if (!exclusive) return this.#tell(() => this.home.giveBack(this.side, this.key, [message], received, false));
      this.#inbox.push(message);
    });
  }

  end(): void {
    this.#hear(() => {
      this.ended = true;
      // They all hear of the end.
      this.#receivers = 0;
    });
  }

  answer(there: boolean): void {
    this.#hear(() => {
      this.asked--;
      this.told.push(there || this.#inbox.length > 0 ? "something" : "nothing");
    });
  }

  wake(): void {
    this.#hear(() => this.told.push("wake"));
  }

  room(bytes: number): void {
    this.left += bytes;
    const { onRoom } = this;
    this.onRoom = undefined;
    onRoom?.();
  }

  broken(): void {
    this.#hear(() => this.told.push("broken"));
  }

  recall(): void {
    this.#hear(() => {
      // As the program would no longer be asked for anything.
      if (!this.open) return;
      this.told.push(this.ended ? "recall after the end" : "recall");
      this.#retired = false;
      this.#exclusive = false;
      this.ended = false;
      this.#wanted = 0;
      const [messages, received] = [this.#inbox.splice(0), this.#received];
      this.#tell(() => this.home.giveBack(this.side, this.key, messages, received, true));
      this.#tellWant();
    });
  }

  /** The program receives. */
  receive(): void {
    const message = this.#inbox.shift();
    if (message !== undefined) return this.#take(message);
    if (this.ended) return;
    this.#receivers++;
    this.#tellWant();
  }

  /** The program gives up a receive. */
  abort(): void {
    if (this.#receivers === 0) return;
    this.#receivers--;
    this.#tellWant();
  }

  /** The program polls. */
  ask(): void {
    this.asked++;
    this.#tell(() => this.home.ask(this.side, this.key));
  }

  /** The program waits for something to receive. */
  watch(): void {
    this.#tell(() => this.home.watch(this.side, this.key));
  }

  send(number: number): void {
    this.#tell(() => this.home.send(this.side, this.key, messageOf(number)));
  }

  close(): void {
    this.open = false;
    this.#receivers = 0;
    const [messages, received] = [this.#inbox.splice(0), this.#received];
    // What it gives back counts as still on its way.
    this.#tell(() => this.home.leave(this.side, this.key, received - messages.length));
    if (messages.length > 0) {
      this.#tell(() => this.home.giveBack(this.side, this.key, messages, received, false));
    }
  }

  /** Its process is about to end, and gives back what nobody has taken; it may go on all the same. */
  retire(): void {
    this.#retired = true;
    this.#exclusive = false;
    this.#wanted = 0;
    const [messages, received] = [this.#inbox.splice(0), this.#received];
    this.#tell(() => this.home.retire(this.side, this.key, messages, received));
  }

  /** Its process ends. */
  die(): void {
    this.open = false;
    this.#dead = true;
    // What is on its way to it is lost.
    this.#fromHome.length = 0;
    this.#tell(() => this.home.bury(this.address));
  }

  /** Lets something on its way arrive; whether there was something. */
  step(random: Random): boolean {
    const ways = [this.#fromHome, this.#toHome].filter((way) => way.length > 0);
    if (ways.length === 0) return false;
    random.pick(ways).shift()?.();
    return true;
  }

  #take(message: Message): void {
    this.received.push(numberOf(message));
    const weight = weightOf(message.bytes.length);
    const count = this.#received - this.#inbox.length;
    this.#tell(() => this.home.took(this.side, this.key, weight, count));
  }

  #tellWant(): void {
    if (this.#exclusive || this.ended || this.#wanted === this.#receivers) return;
    const [want, received] = [this.#receivers, this.#received];
    this.#wanted = want;
    this.#tell(() => this.home.want(this.side, this.key, want, received));
  }

  #hear(what: () => void): void {
    if (this.#dead) return;
    if (this.remote) this.#fromHome.push(what);
    else what();
  }

  #tell(what: () => void): void {
    if (this.remote) this.#toHome.push(what);
    else what();
  }
}
