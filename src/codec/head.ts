/**
 * Head and table of a message, read.
 *
 * @module
 */

import type { FunctionReference } from "./handoff.ts";
import { counted, malformed, readAnyText } from "./parts.ts";
import type { MalformedMessageError } from "../base/errors.ts";
import { Reader } from "./reader.ts";
import { HEAD_BYTES, MAGIC, UNREPEATED, VERSION } from "./wire.ts";

/** What most messages refer to. */
export const NO_REFERENCES: readonly FunctionReference[] = [];
const FIRST_PICKLE_BYTE = 0x80;

/**
 * The functions and classes that a message names. They must have been loaded when it is decoded; most messages name none.
 *
 * @throws {MalformedMessageError} If the bytes are no message.
 */
export function neededReferences(bytes: Uint8Array): readonly FunctionReference[] {
  const table = tableOffset(bytes);
  return table === 0 ? NO_REFERENCES : readTable(bytes, table);
}

/** Where the table of references is, 0 for none. */
export function tableOffset(bytes: Uint8Array): number {
  const version = (bytes[1] ?? 0) & ~UNREPEATED;
  if (bytes[0] !== MAGIC || version !== VERSION || bytes.length <= HEAD_BYTES) throw noMessage(bytes);
  const low = (bytes[2] as number) | ((bytes[3] as number) << 8) | ((bytes[4] as number) << 16);
  return low + (bytes[5] as number) * 0x100_0000;
}

/** Whether objects of the message may be referred to again; `tableOffset` has found that it is one. */
export function mayRepeat(bytes: Uint8Array): boolean {
  return bytes[1] === VERSION;
}

function noMessage(bytes: Uint8Array): MalformedMessageError {
  const protocol = bytes[1] ?? 0;
  if (bytes[0] === FIRST_PICKLE_BYTE && protocol >= 2 && protocol <= 5) {
    return malformed(
      "it is a Python pickle; talk to Python by sendBytes and recvBytes (there send_bytes and recv_bytes)",
    );
  }
  return malformed("it is not a message of this module");
}

/** The references of a message. */
export function readTable(bytes: Uint8Array, offset: number): readonly FunctionReference[] {
  if (offset < HEAD_BYTES || offset > bytes.length) throw malformed("its table of references lies outside");
  const reader = new Reader(bytes, offset);
  const count = counted(reader, reader.varuint());
  const references: FunctionReference[] = [];
  for (let left = count; left > 0; left--) references.push(checkedReference(readAnyText(reader)));
  return references;
}

function checkedReference(text: string): FunctionReference {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed("a reference to a function is garbled");
  }
  if (!isReference(value)) throw malformed("a reference to a function is garbled");
  return value;
}

function isReference(value: unknown): value is FunctionReference {
  if (typeof value !== "object" || value === null) return false;
  const { kind, modules, name, hash, source, path }: Partial<Record<string, unknown>> = { ...value };
  if (kind === "inline") return typeof source === "string";
  if (kind === "global") return typeof path === "string";
  return kind === "export" && typeof name === "string" && typeof hash === "string" && Array.isArray(modules) &&
    modules.every((module) => typeof module === "string");
}
