/**
 * What encoding needs when the value goes to another process of the same program.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import { noteCaller, referenceTo } from "../codec/function_ref.ts";
import type { FunctionReference, Handoff } from "../codec/handoff.ts";
import { dropLease, type Lease } from "./pipe_post.ts";

/** The way of one message to another process of this program. */
export class NodeHandoff implements Handoff {
  readonly destination: string;
  /** Who answers for what travels in the message until it arrives; if it dies, that is given up. */
  readonly custodian: Address;
  /** The connections that travel in the message. */
  readonly leases: Lease[] = [];
  /** Whether it is known to go to another OS process. */
  leavesProcess = false;
  /** The functions and classes that travel in it. */
  readonly references: FunctionReference[] = [];

  /** Undoes what else was done for the message, if it is not sent. */
  readonly undo: (() => void)[] = [];

  constructor(destination: string, custodian: Address) {
    this.destination = destination;
    this.custodian = custodian;
  }

  functionReference(callable: object): FunctionReference {
    noteCaller(callable);
    const reference = referenceTo(callable);
    this.references.push(reference);
    return reference;
  }

  /** The message is not sent after all. */
  abandon(): void {
    for (const undo of this.undo.splice(0)) undo();
    if (this.leases.length === 0) return;
    for (const lease of this.leases.splice(0)) dropLease(lease);
  }
}
