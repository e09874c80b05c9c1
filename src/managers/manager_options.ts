/**
 * What managers are made of, and what is refused.
 *
 * @module
 */

import { checkContext, checkOptions, checkType, namesOf } from "../base/check.ts";
import { type Address, endpointOf, familyOf } from "../channel/address.ts";
import type { NetworkOptions } from "../channel/network_options.ts";
import type { ProcessPermissions } from "../process/permissions.ts";
import type { Process } from "../process/process.ts";

/** Options of a manager. */
export interface ManagerOptions extends Omit<NetworkOptions, "authenticate" | "authKey"> {
  /** Where other programs reach it, or where it is reached; without one, a free port of this machine if it may listen. */
  address?: Address | null | undefined;
  /** The key that its clients have to know; by default that of the current process. */
  authKey?: Uint8Array | string | null | undefined;
  /** The context whose start method starts its process. */
  context?: ManagerContext | undefined;
  /**
   * What its process may do, never more than this one.
   *
   * @default {"inherit"}
   */
  permissions?: ProcessPermissions | undefined;
  /**
   * How long it may take to shut down before it is terminated, in milliseconds.
   *
   * @default {1000}
   */
  shutdownTimeout?: number | undefined;
}

const MANAGER_OPTIONS = namesOf<ManagerOptions>({
  address: true,
  authKey: true,
  context: true,
  permissions: true,
  shutdownTimeout: true,
  handshakeTimeout: true,
  maxMessage: true,
  legacyDigest: true,
  allowModules: true,
});

/** What a manager needs of a context. */
export interface ManagerContext {
  /** The class of its processes. */
  readonly Process: typeof Process;
}

/**
 * Refuses what no manager can be made of.
 *
 * @throws {TypeError} If something is of the wrong kind.
 * @throws {RangeError} If there is no such port.
 */
export function checkManagerOptions(options: ManagerOptions): void {
  const what = "make a manager";
  checkOptions(what, options, '{ address: ["127.0.0.1", 50000] }', MANAGER_OPTIONS);
  const { address, context, shutdownTimeout } = options;
  if (address !== undefined && address !== null) {
    familyOf(what, address);
    endpointOf(what, address);
  }
  if (shutdownTimeout !== undefined) checkType(`${what}: shutdownTimeout`, "number", shutdownTimeout);
  if (context !== undefined && context !== null) checkContext(what, context, "Process");
}
