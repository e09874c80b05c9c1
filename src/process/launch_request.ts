/**
 * What a process asks of its launcher.
 *
 * @module
 */

import type { AnyInit } from "./adopted_init.ts";
import type { LaunchRequest } from "./child.ts";
import { resolved } from "./_permission_flags.ts";
import { pathOf } from "./process_init.ts";
import { type Birth, encodePreparation, preparationOf } from "./preparation.ts";

/** The request for a child with that birth, by what its process was made of. */
export function launchRequest(birth: Birth, init: AnyInit): LaunchRequest {
  const { permissions = "inherit", env, cwd, stdout = "inherit", stderr = "inherit" } = init;
  // Absolute now, as a process that was launched for a relative one may have been in another.
  const folder = cwd === undefined ? undefined : resolved("read", pathOf(cwd));
  const prepare: LaunchRequest["prepare"] = (flags) => encodePreparation(preparationOf(birth, flags));
  return { address: birth.address, name: birth.name, permissions, env, cwd: folder, stdout, stderr, prepare };
}
