/**
 * How proxies cross. To the server of what it stands for, a proxy goes by its number; from there it comes with a count of its own; on any
 * other way a lease keeps the referent until the proxy has arrived, or never will.
 *
 * @module
 */

import { identity } from "../base/identity.ts";
import { NetworkHandoff } from "../channel/network_codec.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import type { Lease } from "../channel/pipe_wire.ts";
import { newLease } from "../channel/shared_lease.ts";
import { keyOf } from "../channel/shared_wire.ts";
import type { Handoff, Source } from "../codec/handoff.ts";
import { malformed } from "../codec/parts.ts";
import { type ConversationHandoff, isConversation } from "./carrier.ts";
import { ClientEnd } from "./client_end.ts";
import { endByStranger, endTo } from "./ends.ts";
import { LocalEnd } from "./local_end.ts";
import { ProxyState } from "./proxy_state.ts";
import { Referent } from "./referents.ts";
import { ServerSession } from "./server_session.ts";
import { checkedName, type ServerName } from "./wire.ts";

/** A proxy on its way. */
export type ProxyParcel =
  /** To its own server. */
  | { readonly kind: "back"; readonly id: number }
  /** From its server. */
  | { readonly kind: "given"; readonly id: number; readonly typeid: string; readonly exposed: readonly string[] }
  /** Between others. */
  | {
    readonly kind: "lent";
    readonly id: number;
    readonly typeid: string;
    readonly exposed: readonly string[];
    readonly server: ServerName;
    readonly key: string;
    readonly authKey: Uint8Array | undefined;
    /** Its class, where that can cross. */
    readonly cls: unknown;
  };

/** Puts a proxy into a message. */
export function reduceProxy(state: ProxyState, cls: object | undefined, handoff: Handoff): ProxyParcel {
  const { id, typeid, exposed, end, keep } = state;
  if (isConversation(handoff)) {
    if (end instanceof ClientEnd && handoff.side === end) return { kind: "back", id };
    if (handoff.side instanceof ServerSession && keep instanceof Referent && handoff.side.server.end === end) {
      handoff.side.give(keep);
      handoff.given.push(id);
      return { kind: "given", id, typeid, exposed };
    }
    // A way to the same server, as of a manager that is connected twice.
  } else if (!(handoff instanceof NodeHandoff)) throw refused(handoff);
  const { server, authKey } = end;
  const key = lend(state, handoff);
  // Other programs are never told a key; they know one, or do not.
  const told = handoff instanceof NodeHandoff ? authKey?.slice() : undefined;
  return { kind: "lent", id, typeid, exposed, server, key, authKey: told, cls: sendable(cls, handoff) };
}

function lend({ end, id }: ProxyState, handoff: NodeHandoff | ConversationHandoff): string {
  if (handoff instanceof NodeHandoff && end.server.program === identity.program) {
    const lease: Lease = newLease(end.server.home);
    end.lend(id, keyOf(lease), handoff.custodian);
    handoff.leases.push(lease);
    return keyOf(lease);
  }
  if (handoff instanceof NetworkHandoff && end.server.address === null) throw unreachable();
  const key = crypto.randomUUID();
  end.lend(id, key, undefined);
  handoff.undo.push(() => end.unlend(id, key));
  return key;
}

function sendable(cls: object | undefined, handoff: Handoff): unknown {
  if (cls === undefined || !(handoff instanceof NodeHandoff)) return undefined;
  try {
    handoff.functionReference(cls);
    return cls;
  } catch {
    // The other side makes a class of the methods.
    return undefined;
  }
}

/** What a proxy that has arrived stands for; and its class, if that came with it. */
export function reviveProxy(parcel: ProxyParcel, { origin }: Source): { state: ProxyState; cls: unknown } {
  const { kind, id } = parcel;
  if (typeof id !== "number") throw malformed("a proxy is garbled");
  if (kind === "back") {
    if (!(origin instanceof ServerSession)) throw malformed("a proxy has come to somebody who does not serve it");
    return { state: origin.stateOf(id), cls: undefined };
  }
  const { typeid, exposed } = parcel;
  if (typeof typeid !== "string" || !Array.isArray(exposed)) throw malformed("a proxy is garbled");
  const methods = exposed.map(String);
  if (kind === "given") {
    if (!(origin instanceof ClientEnd)) throw malformed("a proxy has come from somebody who does not serve it");
    origin.retain();
    return { state: new ProxyState(origin, id, typeid, methods), cls: origin.classFor(typeid) };
  }
  const { key, cls } = parcel;
  const server = checkedName(parcel.server);
  const strangersKey = keyOfOrigin(origin);
  const end = strangersKey === undefined ? endTo(server, parcel.authKey) : endByStranger(server, strangersKey);
  end.claim(id, String(key));
  if (end instanceof LocalEnd) return { state: end.stateOf(id), cls };
  if (end instanceof ClientEnd) end.retain();
  return { state: new ProxyState(end, id, typeid, methods), cls: cls ?? end.classFor(typeid) };
}

/** A stranger's word does not choose the key; the one is taken by which the stranger is known. */
function keyOfOrigin(origin: object | undefined): Uint8Array | undefined {
  if (origin instanceof ClientEnd) return origin.authKey;
  return origin instanceof ServerSession && origin.isStranger ? origin.server.authKey : undefined;
}

function refused(handoff: Handoff): TypeError {
  return new TypeError(
    `Cannot send a proxy to ${handoff.destination}: it is of use to the clients of its manager only; ` +
      "put it into something that the manager serves, as a queue, and connect there by BaseManager",
  );
}

function unreachable(): TypeError {
  return new TypeError(
    "Cannot send a proxy to another program: its manager has no address; give the manager an address, as [host, port]",
  );
}
