/** The context that a program is told by its first argument. */
import { type Context, getContext, type StartMethod } from "../../../mod.ts";

/** The context. */
export function contextOfArgs(): Context {
  return getContext(Deno.args[0] as StartMethod);
}
