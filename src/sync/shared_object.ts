/**
 * What the public face of every primitive has in common: it is a thin cover over a *port*, which is either words in memory that this
 * thread shares, or a process that reaches them on its behalf. What can be done is said once, in a table of operations, which is
 * run here or there.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import { Handle } from "./layout.ts";
import { cannotBlock, type PlacedClass, placeOf } from "./place.ts";
import type { Agent, Primitive } from "./primitive.ts";

/** What can be done with a primitive of some kind, by name; options of a wait come last. */
export type Operations<W> = Readonly<Record<string, (words: W, ...args: never[]) => unknown>>;

/** A primitive that another process reaches on behalf of this one. */
export interface Host {
  /** Runs an operation there. */
  call(operation: string, args: readonly unknown[], options?: WaitOptions): Promise<unknown>;
}

/** The way to a primitive. */
export interface Port<W extends Primitive = Primitive> {
  /** Where this thread shares its memory. */
  readonly words?: W;
  /** Where it does not. */
  readonly host?: Host;
  /** Handle on the block, for words. */
  readonly handle?: number;
  /** Why a thread cannot block on it. */
  readonly whyNotBlock: string | undefined;
}

/** How the words of a kind are made. */
export type WordsClass<W> = new (agent: Agent, block: number) => W;

const handles = new FinalizationRegistry<{ agent: Agent; handle: number; make: WordsClass<Primitive> }>(
  ({ agent, handle, make }) => {
    // What is still held must be found again by whoever cleans up after this process.
    if (!new make(agent, agent.holder.blockOf(handle)).heldBy(agent)) agent.holder.drop(handle);
  },
);

/** The port of the object that is being made, if it arrives from elsewhere. */
let arriving: Port | undefined;

/** Makes an object of a class around a port that there is already. */
export function adopt<T>(port: Port, make: () => T): T {
  arriving = port;
  try {
    return make();
  } finally {
    arriving = undefined;
  }
}

/** For a constructor: the port of what arrives, or one to a new block, which is initialized first. */
export function portFor<W extends Primitive>(
  cls: PlacedClass,
  kind: number,
  words: WordsClass<W>,
  initialize: (words: W) => void = () => {},
): Port<W> {
  // Whoever adopts gives a port of the class's own kind.
  const adopted = arriving as Port<W> | undefined;
  arriving = undefined;
  if (adopted !== undefined) return adopted;
  const { agent, whyNotBlock } = placeOf(cls);
  const port = localPort(agent, agent.holder.make(kind), words, whyNotBlock);
  if (port.words !== undefined) initialize(port.words);
  return port;
}

/** A port to a block in memory that this thread shares. The handle is given back when neither an object nor a wait uses the words. */
export function localPort<W extends Primitive>(
  agent: Agent,
  handle: number,
  make: WordsClass<W>,
  whyNotBlock: string | undefined,
): Port<W> {
  const words = new make(agent, agent.holder.blockOf(handle));
  handles.register(words, { agent, handle, make });
  return { words, handle, whyNotBlock };
}

/** Runs an operation where the words are. */
export async function run<W extends Primitive, O extends Operations<W>, N extends keyof O & string>(
  port: Port<W>,
  operations: O,
  name: N,
  args?: readonly unknown[],
  options?: WaitOptions,
): Promise<Awaited<ReturnType<O[N]>>> {
  // The table's types name the arguments; here they are passed on.
  const operation = operations[name] as unknown as ((words: W, ...args: readonly unknown[]) => unknown) | undefined;
  if (port.words !== undefined && operation !== undefined) {
    return await operation(port.words, ...args ?? [], ...options === undefined ? [] : [options]) as Awaited<
      ReturnType<O[N]>
    >;
  }
  return await port.host?.call(name, args ?? [], options) as Awaited<ReturnType<O[N]>>;
}

/**
 * The words, for a thread that blocks on them.
 *
 * @throws {NotSupportedError} If it cannot.
 */
export function wordsForSync<W extends Primitive>(port: Port<W>, what: string): W {
  if (port.words === undefined || port.whyNotBlock !== undefined) {
    throw cannotBlock(what, port.whyNotBlock ?? "its memory is not shared with this process");
  }
  return port.words;
}

/** Serial of the block that a handle is on. */
export function serialOf(agent: Agent, handle: number): number {
  return agent.holder.arena.cells[handle + Handle.SERIAL] ?? 0;
}
