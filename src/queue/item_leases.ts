/**
 * What travels in an item: it must be let go when the item is thrown away.
 *
 * @module
 */

import { dropLease } from "../channel/pipe_post.ts";
import { type Lease, readMessage } from "../channel/pipe_wire.ts";
import { Reader } from "../codec/reader.ts";

/** What travels in an item. */
export function leasesIn(bytes: Uint8Array): readonly Lease[] {
  return readMessage(new Reader(bytes), false).leases;
}

/** Lets go what travels nowhere any more. */
export function dropLeases(leases: readonly Lease[]): void {
  leases.forEach(dropLease);
}
