/**
 * {@linkcode Sentinel}: ready once a process has ended.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import { node, refusalToBlock } from "../channel/node.ts";
import { type Readiness, type Waitable, waitable } from "../channel/wait.ts";

/** That of the process with an address. */
export let makeSentinel: (address: Address) => Sentinel;

/** What {@linkcode wait} takes to wait for the end of a process, as Python's `Process.sentinel`. It stays ready. */
export class Sentinel implements Waitable {
  readonly #wakes = new Set<() => void>();
  #ended = false;
  #address: Address = [];

  static {
    makeSentinel = (address) => {
      const sentinel = new Sentinel();
      sentinel.#address = address;
      return sentinel;
    };
  }

  /** The process has ended. */
  static end(sentinel: Sentinel): void {
    sentinel.#ended = true;
    for (const wake of sentinel.#wakes) wake();
  }

  /** For {@linkcode wait}. */
  [waitable](): Readiness {
    return {
      ready: () => this.#ended,
      onReady: (wake) => {
        this.#wakes.add(wake);
        node.beginWait();
        if (this.#ended) wake();
        return () => {
          if (this.#wakes.delete(wake)) node.endWait();
        };
      },
      sync: {
        ask: (answer) => answer(this.#ended),
        refusal: (timeout) => refusalToBlock("until a process ends", [this.#address], timeout),
      },
    };
  }
}
