/**
 * References to functions and classes: the module that exports them and their name, as Python pickles them.
 *
 * ```text
 * referenceTo(f) → { modules, name, hash } ⇒ bytes ⇒ loadReferences([r]) → resolveReference(r) → f
 * ```
 *
 * @module
 */

export { inline, Ref, ref, share } from "./ref.ts";
export type { Target } from "./ref.ts";
export { isVerified, markVerified, noteCaller, referenceTo, setMainModule } from "./reference_to.ts";
export { loadReferences, readLoaded, resolveReference } from "./resolve_reference.ts";
