/**
 * The running process as a node in the tree of processes: a link to its parent, one to each child, and the services that
 * answer messages from any other node.
 *
 * A message names its destination by address, so each node on the way knows from the address alone which link is next; no
 * table, no discovery, no permission beyond the links'. As links keep order and the links form a tree, messages are
 * delivered in causal order: if A tells B something and then B tells C, whatever A told C before arrives at C before.
 *
 * Frames: `CONTROL body` for the neighbour itself; `ROUTED service to from body`; `DEATH address`, spread to every node. An
 * address is its length and its numbers, all as variable-length integers.
 *
 * @module
 */

import { NotSupportedError } from "../base/errors.ts";
import { type Address, identity, isHere, isWithin } from "../base/identity.ts";
import { Reader } from "../codec/reader.ts";
import { isMappable, needsMappable } from "../memory/memory_file.ts";
import type { Writer } from "../codec/writer.ts";
import { Bell } from "../sync/bell.ts";
import type { ByteStream } from "./byte_stream.ts";
import { Link } from "./link.ts";

/** What who cannot block may do. */
const INSTEAD = 'use the asynchronous twin, or context "worker"';

const CONTROL = 0;
const ROUTED = 1;
const DEATH = 2;

/** Takes the messages of one kind, from any node. The bytes behind the reader are kept only if `owned`. */
export type Service = (from: Address, body: Reader, owned: boolean) => void;

/** Takes the messages that a neighbour sends to its neighbour. */
export type ControlReceiver = (body: Reader) => void;

/** Writes an address, as part of a message. */
export function writeAddress(writer: Writer, address: Address): void {
  writer.varuint(address.length);
  for (const part of address) writer.varuint(part);
}

/** Reads what {@linkcode writeAddress} wrote. */
export function readAddress(reader: Reader): Address {
  const address: number[] = [];
  for (let left = reader.varuint(); left > 0; left--) address.push(reader.varuint());
  return address;
}

/** The running process among its neighbours. */
class Node {
  /** Rung by neighbours in other threads of this OS process. */
  readonly bell: Bell = new Bell();
  #parent: Link | undefined;
  readonly #children = new Map<number, Link>();
  readonly #services = new Map<number, Service>();
  readonly #mourners = new Set<(dead: Address) => void>();
  readonly #witnesses = new Set<(ending: Address) => void>();
  #waits = 0;
  readonly #resting: (() => void)[] = [];

  /** Whether a blocked thread would still hear from one of these nodes; if there are none, from some neighbour. */
  canBlockFor(nodes: readonly Address[]): boolean {
    if (nodes.every(isHere)) return [...this.#links()].some((link) => link.synchronous);
    return this.#linksTowards(nodes).length > 0;
  }

  /**
   * Runs what sends something.
   *
   * @returns Whether that is out of this process's hands by now, or never will be. Where it takes the event loop, it counts as such.
   */
  departure(send: () => void): () => boolean {
    const before = this.#unsent();
    send();
    const after = this.#unsent();
    // What was on its way before is not waited for, unless this is behind it.
    for (const [link, count] of before) if (after.get(link) === count) after.delete(link);
    return () => [...after].every(([link, count]) => link.hasDeparted(count));
  }

  /** The link to the parent, in a child. */
  get parent(): Link | undefined {
    return this.#parent;
  }

  /** Makes the link to the parent, over which messages go from now on. */
  attachParent(stream: ByteStream, control: ControlReceiver): Link {
    const link = new Link();
    this.#parent = link;
    this.#open(link, stream, control);
    return link;
  }

  /** Makes the link to a child; messages to it are kept until {@linkcode openChild}. */
  attachChild(address: Address): Link {
    const link = new Link();
    this.#children.set(lastOf(address), link);
    if (this.#waits > 0) link.keepAlive(true);
    return link;
  }

  /** Connects the link to a child. */
  openChild(link: Link, stream: ByteStream, control: ControlReceiver): void {
    this.#open(link, stream, control);
  }

  /** Ends the link to a child that has ended, and tells everyone. */
  detachChild(address: Address): void {
    const link = this.#children.get(lastOf(address));
    if (link === undefined) return;
    this.#children.delete(lastOf(address));
    link.close();
    this.#spread(address, link);
  }

  /** Registers who answers messages of a kind. */
  serve(service: number, answer: Service): void {
    this.#services.set(service, answer);
  }

  /** Calls back with the address of a child that does nothing more, before the last of what it sent is received. */
  onEnding(witness: (ending: Address) => void): void {
    this.#witnesses.add(witness);
  }

  /** Says that a child does nothing more. */
  tellEnding(address: Address): void {
    for (const witness of this.#witnesses) witness(address);
  }

  /** Calls back with the address of each process that has ended; everything below it has ended too. */
  onDeath(mourner: (dead: Address) => void): void {
    this.#mourners.add(mourner);
  }

  /**
   * Sends a message to a node, itself excepted. A message to a node that is no more is dropped, and the death is told once
   * more, as whoever sent it may be new to it.
   *
   * @returns A promise that resolves when the message is out of this process's hands, or `undefined` if it is so already.
   */
  send(to: Address, service: number, build: (writer: Writer) => void): Promise<void> | undefined {
    const link = this.#linkTowards(to);
    // After the caller is done: what it does next may be to wait for what will not come.
    if (link === undefined) queueMicrotask(() => this.#mourn(to));
    return link?.send((writer) => {
      writer.u8(ROUTED);
      writer.u8(service);
      writeAddress(writer, to);
      writeAddress(writer, identity.address);
      build(writer);
    });
  }

  /** A wait begins that a neighbour may end: it keeps the program alive as long as there is one. */
  beginWait(): void {
    if (++this.#waits > 1) return;
    for (const link of this.#links()) link.keepAlive(true);
  }

  /** The counterpart of {@linkcode beginWait}. */
  endWait(): void {
    if (--this.#waits > 0) return;
    for (const link of this.#links()) link.keepAlive(false);
    for (const resolve of this.#resting.splice(0)) resolve();
  }

  /** Whether something is waited for. */
  get waiting(): boolean {
    return this.#waits > 0;
  }

  /** Resolves when nothing is waited for. */
  async waitsFinished(): Promise<void> {
    while (this.waiting) await new Promise<void>((resolve) => this.#resting.push(resolve));
  }

  *#links(): Iterable<Link> {
    if (this.#parent !== undefined) yield this.#parent;
    yield* this.#children.values();
  }

  /** Links that a thread can use that blocks, of which not all frames are out, and how many were sent there. */
  #unsent(): Map<Link, number> {
    const unsent = new Map<Link, number>();
    for (const link of this.#links()) {
      if (!link.hasDeparted(link.sent) && link.synchronous) unsent.set(link, link.sent);
    }
    return unsent;
  }

  /** Those that a thread can use that blocks. */
  #linksTowards(nodes: readonly Address[]): Link[] {
    const links = nodes.flatMap((to) => isHere(to) ? [] : this.#linkTowards(to) ?? []);
    return [...new Set(links)].filter((link) => link.synchronous);
  }

  #linkTowards(to: Address): Link | undefined {
    const own = identity.address;
    return isWithin(to, own) && to.length > own.length ? this.#children.get(to[own.length] ?? 0) : this.#parent;
  }

  #open(link: Link, stream: ByteStream, control: ControlReceiver): void {
    if (this.#waits > 0) link.keepAlive(true);
    link.open(stream, (frame, owned) => this.#receive(link, control, frame, owned));
  }

  #receive(link: Link, control: ControlReceiver, frame: Uint8Array, owned: boolean): void {
    const reader = new Reader(frame);
    const kind = reader.u8();
    if (kind === CONTROL) return control(reader);
    if (kind === DEATH) return this.#spread(readAddress(reader), link);
    if (kind === ROUTED) return this.#route(link, reader, frame, owned);
    throw new Error(`Cannot route a frame: its kind ${kind} is unknown`);
  }

  #route(from: Link, reader: Reader, frame: Uint8Array, owned: boolean): void {
    const service = reader.u8();
    const to = readAddress(reader);
    if (isHere(to)) {
      this.#services.get(service)?.(readAddress(reader), reader, owned);
    } else {
      // Passed on as it is, unread. A link that breaks meanwhile is dealt with where its end is noticed.
      const link = this.#linkTowards(to);
      if (link === undefined) tellDeath(from, to);
      else link.send((writer) => writer.bytes(frame))?.catch(() => {});
    }
  }

  #mourn(dead: Address): void {
    for (const mourner of this.#mourners) mourner(dead);
  }

  #spread(dead: Address, from: Link): void {
    for (const link of this.#links()) {
      if (link === from) continue;
      tellDeath(link, dead);
    }
    this.#mourn(dead);
  }
}

function tellDeath(link: Link, dead: Address): void {
  link.send((writer) => {
    writer.u8(DEATH);
    writeAddress(writer, dead);
  })?.catch(() => {
    // The neighbour has ended as well.
  });
}

function lastOf(address: Address): number {
  return address[address.length - 1] ?? 0;
}

/**
 * Refuses to block where nothing would be heard of.
 *
 * @param what What the thread would wait for.
 * @param whom Each node that may end the wait, as far as known.
 * @param timeout How long it would wait, in milliseconds.
 * @throws {NotSupportedError} If this process shares memory with no neighbour on the way there, or that is still to be launched.
 */
export function checkCanBlock(what: string, whom: readonly Address[], timeout: number = Infinity): void {
  const refusal = refusalToBlock(what, whom, timeout);
  if (refusal !== undefined) throw refusal;
}

/** What {@linkcode checkCanBlock} throws. */
export function refusalToBlock(
  what: string,
  whom: readonly Address[],
  timeout: number = Infinity,
): NotSupportedError | undefined {
  if (node.canBlockFor(whom)) return undefined;
  // Only this thread could end the wait before its time.
  if (timeout < Infinity && whom.every(isHere)) return undefined;
  return refusalWithoutMemory(what) ?? new NotSupportedError(
    `Cannot block ${what}: whoever would end that shares no memory with this process, which takes --allow-ffi there too, or is still being launched, ` +
      `for which await start(); ${INSTEAD}`,
  );
}

/** Why to block for a process is refused for good; `undefined` where processes share memory. */
export function refusalWithoutMemory(what: string): NotSupportedError | undefined {
  return isMappable() ? undefined : needsMappable(`block ${what}`, INSTEAD);
}

/** Sends a message to the neighbour itself. */
export function sendControl(link: Link, build: (writer: Writer) => void): Promise<void> | undefined {
  return link.send((writer) => {
    writer.u8(CONTROL);
    build(writer);
  });
}

/** The running process's node. */
export const node: Node = new Node();
