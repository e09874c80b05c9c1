/**
 * The way of a process to a server of its own: plain calls.
 *
 * @module
 */

import { suspend } from "../base/deadline.ts";
import { TimeoutError } from "../base/errors.ts";
import type { Address } from "../base/identity.ts";
import { CallFailure, failureText, remoteError } from "./failure.ts";
import type { ProxyCall, ProxyEnd, ProxyState } from "./proxy_state.ts";
import type { Referent } from "./referents.ts";
import type { ServerName } from "./wire.ts";

/** What the end asks of the server. */
export interface LocalServer {
  readonly name: ServerName;
  find(id: number): Referent | undefined;
  invoke(referent: Referent, holdings: undefined, method: string, args: readonly unknown[]): unknown;
  lendHere(id: number, key: string, custodian: Address | undefined): void;
  redeem(key: string): void;
  stateHere(id: number): ProxyState;
}

/** The way to a server of this process. What travels is not copied, and the server itself holds what is held. */
export class LocalEnd implements ProxyEnd {
  readonly authKey = undefined;
  readonly #server: LocalServer;

  constructor(server: LocalServer) {
    this.#server = server;
  }

  get server(): ServerName {
    return this.#server.name;
  }

  async call(id: number, method: string, args: readonly unknown[], options: ProxyCall): Promise<unknown> {
    const { timeout, signal } = options;
    const run = async () => {
      const referent = this.#server.find(id);
      if (referent === undefined) throw remoteError(`Cannot find object ${id}: it is not served any more`);
      try {
        return await this.#server.invoke(referent, undefined, method, args);
      } catch (error) {
        throw error instanceof CallFailure ? remoteError(failureText(error)) : error;
      }
    };
    if (timeout === undefined && signal === undefined) return await run();
    return await suspend<unknown>(
      options,
      (resolve, reject) => {
        run().then(resolve, reject);
        return () => {};
      },
      () => {
        throw new TimeoutError(`Cannot call ${method}: no answer within ${timeout} ms`);
      },
    );
  }

  async release(): Promise<void> {
    // The collector knows.
  }

  lend(id: number, key: string, custodian: Address | undefined): void {
    this.#server.lendHere(id, key, custodian);
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
