/**
 * What a proxy stands for, and the way to it.
 *
 * @module
 */

import type { WaitOptions } from "../base/deadline.ts";
import type { Address } from "../base/identity.ts";
import type { ServerName } from "./wire.ts";

/** Somebody's way to a server. */
export interface ProxyEnd {
  readonly server: ServerName;
  /** The key, where another process needs one to reach the server. */
  readonly authKey: Uint8Array | undefined;
  /** Calls a method; the call keeps `pinned` alive until it is answered. */
  call(id: number, method: string, args: readonly unknown[], options: ProxyCall): Promise<unknown>;
  /** One proxy less; the answer, if it is waited for, comes when the server knows. */
  release(id: number, awaited: boolean): Promise<void>;
  /** Keeps the referent while a proxy travels by which the custodian answers. */
  lend(id: number, key: string, custodian: Address | undefined): void;
  /** The proxy that was kept under the key does not travel after all. */
  unlend(id: number, key: string): void;
  /** The proxy that was kept under the key has arrived. */
  claim(id: number, key: string): void;
  /** The class of proxies that is wanted for objects of a type, if one is. */
  classFor(typeid: string): unknown;
}

/** How a call is made. */
export interface ProxyCall extends WaitOptions {
  /** What must not be collected meanwhile. */
  readonly pinned?: unknown;
  /** Whether an abort waits for the server's word, as what was taken must not be lost. */
  readonly isPatient?: boolean;
}

/** What a proxy stands for. */
export class ProxyState {
  readonly end: ProxyEnd;
  /** Number of the referent at the server. */
  readonly id: number;
  /** Name of its type. */
  readonly typeid: string;
  /** Its methods that may be called. */
  readonly exposed: readonly string[];
  /** In the server's own process: what keeps the referent. */
  readonly keep: unknown;
  /** Whether the proxy was given up. */
  isReleased = false;

  constructor(end: ProxyEnd, id: number, typeid: string, exposed: readonly string[], keep?: unknown) {
    this.end = end;
    this.id = id;
    this.typeid = typeid;
    this.exposed = exposed;
    this.keep = keep;
  }
}

const states = new WeakMap<object, ProxyState>();

// Proxies that were neither given up nor are in use.
const dropped = new FinalizationRegistry<{ end: ProxyEnd; id: number }>(({ end, id }) => end.release(id, false));

/** Says what an object stands for; when the collector finds it, that is given up. */
export function setState(proxy: object, state: ProxyState): void {
  states.set(proxy, state);
  if (state.keep === undefined) dropped.register(proxy, { end: state.end, id: state.id }, state);
}

/** Gives up what a proxy stands for, once; if that is awaited, the server knows then. */
export async function giveUp(state: ProxyState, awaited: boolean): Promise<void> {
  if (state.isReleased) return;
  state.isReleased = true;
  dropped.unregister(state);
  await state.end.release(state.id, awaited);
}

/** What an object stands for, if it is a proxy. */
export function stateOf(proxy: unknown): ProxyState | undefined {
  if (proxy instanceof ProxyState) return proxy;
  return typeof proxy === "object" && proxy !== null ? states.get(proxy) : undefined;
}
