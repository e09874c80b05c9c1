/** A server in the process of a test, with what connects to it. */
import type { BaseManager } from "../../mod.ts";
import { HANG_MS } from "./methods.ts";
import { within } from "./within.ts";

/** The key of all servers of tests. */
export const KEY = "abracadabra";
/** Where they are. */
export const HERE: [string, number] = ["127.0.0.1", 0];

/** Serves here while `use` runs; what else there is that connects. */
export async function serving<M extends typeof BaseManager>(
  cls: M,
  use: (address: [string, number]) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const server = new cls({ address: HERE, authKey: KEY }).getServer();
  const served = server.serveForever({ signal: stop.signal });
  try {
    await within(HANG_MS, use(server.address as [string, number]));
  } finally {
    stop.abort();
    await within(HANG_MS, served);
  }
}
