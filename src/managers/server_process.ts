/**
 * What the process of a manager runs.
 *
 * @module
 */

import { identity } from "../base/identity.ts";
import { logger } from "../base/logger.ts";
import type { Address } from "../channel/address.ts";
import type { Connection } from "../channel/connection.ts";
import type { NetworkOptions } from "../channel/network_options.ts";
import { share } from "../codec/ref.ts";
import { builtinTypes, createdType, type TypeParcel } from "./registry.ts";
import { Server } from "./server.ts";
import type { ServerName } from "./wire.ts";

/** What the process is told. */
export interface ServerOrder {
  readonly types: readonly TypeParcel[];
  /** Names of built-in sets of types. */
  readonly sets: readonly string[];
  readonly address: Address | undefined;
  readonly authKey: Uint8Array;
  readonly network: Omit<NetworkOptions, "authKey" | "authenticate">;
  readonly initializer: unknown;
  readonly initargs: readonly unknown[];
}

/** What it answers. */
export type ServerReady = { readonly name: ServerName } | { readonly error: unknown };

/** Serves the objects of a manager until it is shut down. */
export async function serveManager(order: ServerOrder, ready: Connection<ServerReady>): Promise<void> {
  // A daemon of its starter's, so that it ends with that; but what it serves may start processes, as a pool.
  identity.daemon = false;
  const heedInterrupt = ignoreInterrupt();
  let server: Server;
  try {
    const { initializer, initargs } = order;
    if (typeof initializer === "function") await initializer(...initargs);
    server = serverOf(order);
  } catch (error) {
    await ready.send({ error });
    return ready.close();
  }
  const serving = server.serveForever();
  const { name } = Server.coreOf(server);
  logger.info("manager serving at", name.address);
  await ready.send({ name });
  ready.close();
  await serving;
  // Its manager says how long the objects may take that are not disposed of yet.
  await Server.coreOf(server).close();
  heedInterrupt();
}

/** The server that an order describes. */
export function serverOf(
  { types, sets, address, authKey, network }: Omit<ServerOrder, "initializer" | "initargs">,
): Server {
  const all = new Map(sets.flatMap((set) => [...builtinTypes(set)]));
  for (const parcel of types) all.set(parcel.typeid, createdType(parcel));
  return new Server({ ...network, types: all, address, authKey });
}

/** Interrupts at the terminal are for the program, which then ends its manager. */
function ignoreInterrupt(): () => void {
  if (identity.startMethod === "worker") return () => {};
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  return () => Deno.removeSignalListener("SIGINT", ignore);
}

share(import.meta, { serveManager });
