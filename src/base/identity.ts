/**
 * What everyone may know of "this process": one record, written once by the bootstrap of a child and read by all others.
 * A worker is a process here too; each JavaScript thread has a record of its own.
 *
 * @module
 */

import { keepSecret } from "./secrets.ts";

/**
 * Place in the tree of processes: `[]` is the main process, `[2, 1]` the first child of its second. It is the address by
 * which messages find a process, and the source of default names.
 */
export type Address = readonly number[];

/** The facts about the process that is running. */
export interface Identity {
  /** `MainProcess`, `Process-1`, `Process-1:2`, or what the user chose. */
  name: string;
  address: Address;
  /** Random, the same in every process of one program. */
  program: string;
  /** Key of the connections within the program. */
  authKey: Uint8Array;
  daemon: boolean;
  /** The start method that made this process; `undefined` in the main process. */
  startMethod: string | undefined;
  parent: { readonly name: string; readonly pid: number; readonly address: Address } | undefined;
  /** URL of the program's main module; a worker cannot ask Deno for it. */
  mainModule: string | undefined;
  /** A child is still importing the main module, so it must not start children of its own. */
  importingMain: boolean;
  /** The permission flags this process was started with, where they are known. */
  permissionFlags: readonly string[] | undefined;
}

/** The record of the running process: the main process's until a bootstrap says otherwise. */
export const identity: Identity = {
  name: "MainProcess",
  address: [],
  program: crypto.randomUUID(),
  authKey: keepSecret(crypto.getRandomValues(new Uint8Array(32))),
  daemon: false,
  startMethod: undefined,
  parent: undefined,
  mainModule: Deno.mainModule,
  importingMain: false,
  permissionFlags: undefined,
};

/** Whether `address` is `ancestor` or below it. */
export function isWithin(address: Address, ancestor: Address): boolean {
  return address.length >= ancestor.length && ancestor.every((part, level) => address[level] === part);
}

/** Whether an address is that of the running process. */
export function isHere(address: Address): boolean {
  return address.length === identity.address.length && isWithin(address, identity.address);
}

/** An address as text, unique among all processes of all programs. */
export function identOf(address: Address): string {
  return `${identity.program}:${address.join(".") || "0"}`;
}

/** The address of an ident. */
export function addressOf(ident: string): Address {
  const [, path = ""] = ident.split(":");
  return path === "0" ? [] : path.split(".").map(Number);
}
