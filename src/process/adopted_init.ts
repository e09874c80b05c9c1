/**
 * What process objects are made of, also those that the user did not construct: the running process and its parent.
 *
 * @module
 */

import { type Address, identity } from "../base/identity.ts";
import type { ProcessInit } from "./process_init.ts";

/** What a process is made of, whatever its arguments: all processes are of one type, as far as it matters. */
export interface AnyInit extends Omit<ProcessInit, "target" | "args" | "kwargs"> {
  readonly target?: unknown;
  readonly args?: readonly unknown[] | undefined;
  readonly kwargs?: object | undefined;
}

/** What a process is made of as it is now: later changes of what holds its arguments do not matter, as in Python. */
export function ownCopy(init: AnyInit): AnyInit {
  // Each by its name: what gives them may be an object of a class.
  const { target, args, kwargs, name, daemon, permissions, env, cwd, stdout, stderr } = init;
  return {
    target,
    name,
    daemon,
    permissions,
    cwd,
    stdout,
    stderr,
    ...args !== undefined && { args: [...args] },
    ...kwargs !== undefined && { kwargs: { ...kwargs } },
    ...env !== undefined && { env: { ...env } },
  };
}

/** How a process ended up without being one that was started here. */
export interface Elsewhere {
  readonly role: "current" | "parent";
  readonly pid: number;
}

/** Stands for a process that was not constructed by the user. */
export class AdoptedInit implements Elsewhere {
  readonly daemon = identity.daemon;
  readonly role: "current" | "parent";
  readonly address: Address;
  readonly name: string;
  readonly pid: number;

  constructor(role: "current" | "parent", address: Address, name: string, pid: number) {
    this.role = role;
    this.address = address;
    this.name = name;
    this.pid = pid;
  }
}
