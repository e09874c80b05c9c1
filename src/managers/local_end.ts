/**
 * The way of a process to a server of its own: plain calls.
 *
 * @module
 */

import { anyOf, within } from "../base/deadline.ts";
import type { Address } from "../base/identity.ts";
import { noAnswer, signalIn, untilEnded, withSignal } from "./call_limits.ts";
import { CallFailure, failureText, lost, remoteError } from "./failure.ts";
import { type ProxyCall, type ProxyEnd, type ProxyState, stateOf } from "./proxy_state.ts";
import { placeOfLimits, Referent } from "./referents.ts";
import type { ServerName } from "./wire.ts";

/** What the end asks of the server. */
export interface LocalServer {
  readonly name: ServerName;
  find(id: number): Referent | undefined;
  invoke(referent: Referent, holdings: undefined, method: string, args: readonly unknown[]): unknown;
  lendHere(id: number, key: string, custodian: Address | undefined): void;
  redeem(key: string): void;
  stateHere(id: number): ProxyState;
  /** What a method gave stays in this process. */
  useHere(referent: Referent): void;
}

/** The way to a server of this process. What travels is not copied, and the server itself holds what is held. */
export class LocalEnd implements ProxyEnd {
  readonly authKey = undefined;
  readonly #server: LocalServer;
  /** What ends the calls that still wait. */
  readonly #waiting = new Set<(reason: Error) => void>();

  constructor(server: LocalServer) {
    this.#server = server;
  }

  get server(): ServerName {
    return this.#server.name;
  }

  async call(id: number, method: string, args: readonly unknown[], options: ProxyCall): Promise<unknown> {
    const { timeout, signal } = options;
    const referent = this.#server.find(id);
    if (referent === undefined) throw remoteError(`Cannot find object ${id}: it is not served any more`);
    if (timeout === undefined && signal === undefined) return await this.#run(referent, method, args);
    const place = placeOfLimits(referent.type, method);
    if (place !== undefined) return await this.#patiently(referent, method, args, place, options);
    return await within<unknown>(options, () => this.#run(referent, method, args), () => {
      throw noAnswer(method, timeout);
    });
  }

  /** Ends the wait of the method itself, which gives back what it took. */
  #patiently(
    referent: Referent,
    method: string,
    args: readonly unknown[],
    place: number,
    limits: ProxyCall,
  ): Promise<unknown> {
    const controller = new AbortController();
    const signal = anyOf(controller.signal, signalIn(args));
    const outcome = this.#run(referent, method, withSignal(args, place, signal));
    return untilEnded(outcome, limits, () => noAnswer(method, limits.timeout), (reason) => controller.abort(reason));
  }

  async #run(referent: Referent, method: string, args: readonly unknown[]): Promise<unknown> {
    try {
      const given = this.#server.invoke(referent, undefined, method, args);
      const answer = given instanceof Promise ? await this.#untilClosed(given) : given;
      const keep = stateOf(answer)?.keep;
      if (keep instanceof Referent) this.#server.useHere(keep);
      return answer;
    } catch (error) {
      throw error instanceof CallFailure ? remoteError(failureText(error)) : error;
    }
  }

  async #untilClosed(given: Promise<unknown>): Promise<unknown> {
    const { promise, reject } = Promise.withResolvers<never>();
    this.#waiting.add(reject);
    try {
      return await Promise.race([given, promise]);
    } finally {
      this.#waiting.delete(reject);
    }
  }

  /** The server has ended, and serves what is waited for no more. */
  close(): void {
    for (const reject of this.#waiting) reject(lost("it has shut down"));
  }

  async release(): Promise<void> {
    // The collector knows.
  }

  lend(id: number, key: string, custodian: Address | undefined): void {
    this.#server.lendHere(id, key, custodian);
  }

  unlend(_id: number, key: string): void {
    this.#server.redeem(key);
  }

  claim(_id: number, key: string): void {
    this.#server.redeem(key);
  }

  classFor(): undefined {}

  /** What a proxy in this process stands for. */
  stateOf(id: number): ProxyState {
    return this.#server.stateHere(id);
  }
}
