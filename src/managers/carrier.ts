/**
 * What carries the frames of one conversation between a server and a client: the nodes of a program, or a network connection.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import { type NetworkDecoder, NetworkHandoff } from "../channel/network_codec.ts";
import { node } from "../channel/node.ts";
import { NodeHandoff } from "../channel/node_handoff.ts";
import type { Transport } from "../channel/transport.ts";
import { decode } from "../codec/decode.ts";
import { neededReferences } from "../codec/head.ts";
import { readLoaded, resolveReference } from "../codec/function_ref.ts";
import type { Handoff, Source } from "../codec/handoff.ts";
import { bytesOf, type Writer } from "../codec/writer.ts";
import { MANAGER_SERVICE } from "./wire.ts";

/** One side of a conversation. */
export interface Side {
  /** The message in which proxies were given to the other side is not sent after all. */
  takeBack(ids: readonly number[]): void;
}

/** What a message of a conversation is encoded for. */
export interface ConversationHandoff extends Handoff {
  readonly side: Side;
  /** The proxies that the message gives to the other side, by the numbers of what they stand for. */
  readonly given: number[];
  /** Undoes what else was done for the message, if it is not sent. */
  readonly undo: (() => void)[];
  abandon(): void;
}

class NodeConversation extends NodeHandoff implements ConversationHandoff {
  readonly side: Side;
  readonly given: number[] = [];

  constructor(destination: string, custodian: Address, side: Side) {
    super(destination, custodian);
    this.side = side;
  }

  override abandon(): void {
    super.abandon();
    this.side.takeBack(this.given);
  }
}

class NetworkConversation extends NetworkHandoff implements ConversationHandoff {
  readonly side: Side;
  readonly given: number[] = [];
  readonly undo: (() => void)[] = [];

  constructor(peer: string, side: Side) {
    super(peer);
    this.side = side;
  }

  override abandon(): void {
    for (const undo of this.undo) undo();
    this.side.takeBack(this.given);
  }
}

/** Whether a message belongs to a conversation. */
export function isConversation(handoff: Handoff): handoff is ConversationHandoff {
  return handoff instanceof NodeConversation || handoff instanceof NetworkConversation;
}

/** Carries frames to the other side. */
export interface Carrier {
  /**
   * Sends a frame. If `build` throws, nothing is sent.
   *
   * @returns A promise that settles when the frame is out of this process's hands; `undefined` if it is so already.
   */
  send(build: (writer: Writer, handoff: Handoff) => void): Promise<void> | undefined;
  /** Reads a message of the other side; it may have to wait for a module. */
  decode(message: Uint8Array): unknown;
}

/** Between processes of one program. */
export class NodeCarrier implements Carrier {
  readonly #to: Address;
  readonly #server: number;
  readonly #side: Side;
  readonly #destination: string;
  readonly #source: Source;

  /**
   * @param to The process of the other side.
   * @param server Number of the server in its process.
   * @param destination The other side in words.
   */
  constructor(to: Address, server: number, side: Side, destination: string) {
    this.#to = to;
    this.#server = server;
    this.#side = side;
    this.#destination = destination;
    this.#source = { resolveFunction: resolveReference, origin: side };
  }

  send(build: (writer: Writer, handoff: Handoff) => void): Promise<void> | undefined {
    const handoff = new NodeConversation(this.#destination, this.#to, this.#side);
    try {
      return node.send(this.#to, MANAGER_SERVICE, (writer) => {
        writer.varuint(this.#server);
        build(writer, handoff);
      });
    } catch (error) {
      handoff.abandon();
      throw error;
    }
  }

  decode(message: Uint8Array): unknown {
    return readLoaded(message, neededReferences(message), (bytes) => decode(bytes, this.#source));
  }
}

/** Between programs. */
export class NetworkCarrier implements Carrier {
  #transport: Transport | Promise<Transport>;
  readonly #peer: string;
  readonly #decoder: NetworkDecoder;
  readonly #side: Side;

  /**
   * @param transport What carries the frames, perhaps later: they wait for it.
   * @param peer The other side in words.
   */
  constructor(transport: Transport | Promise<Transport>, peer: string, decoder: NetworkDecoder, side: Side) {
    this.#transport = transport;
    if (transport instanceof Promise) {
      // Before the frames that wait.
      transport.then((opened) => this.#transport = opened, () => {
        // Whoever opens it tells.
      });
    }
    this.#peer = peer;
    this.#decoder = decoder;
    this.#side = side;
  }

  send(build: (writer: Writer, handoff: Handoff) => void): Promise<void> | undefined {
    const handoff = new NetworkConversation(this.#peer, this.#side);
    const transport = this.#transport;
    try {
      if (!(transport instanceof Promise)) return transport.send((writer) => build(writer, handoff), handoff, {});
      // Encoded now all the same: later it may have changed, and nobody would hear that it is refused.
      const frame = bytesOf((writer) => build(writer, handoff));
      return transport.then((opened) => opened.send((writer) => writer.bytes(frame), handoff, {}));
    } catch (error) {
      handoff.abandon();
      throw error;
    }
  }

  decode(message: Uint8Array): unknown {
    return this.#decoder(message, this.#peer, this.#side);
  }
}
