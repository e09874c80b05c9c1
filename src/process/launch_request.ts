/**
 * What a process asks of its launcher.
 *
 * @module
 */

import type { AnyInit } from "./adopted_init.ts";
import type { LaunchRequest } from "./child.ts";
import { type Birth, encodePreparation, preparationOf } from "./preparation.ts";

/** The request for a child with that birth, by what its process was made of. */
export function launchRequest(birth: Birth, init: AnyInit): LaunchRequest {
  const { permissions = "inherit", env, cwd, stdout = "inherit", stderr = "inherit" } = init;
  const prepare: LaunchRequest["prepare"] = (flags) => encodePreparation(preparationOf(birth, flags));
  return { address: birth.address, name: birth.name, permissions, env, cwd, stdout, stderr, prepare };
}
