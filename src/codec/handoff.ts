/**
 * What `encode` may ask of the place a value goes to, and `decode` of the place it came from. Everything that depends on
 * the destination is a parameter of one of these two interfaces; there is no global.
 *
 * @module
 */

/** A function or class as it crosses: where to find it, and how to tell that the same one was found. */
export type FunctionReference =
  | {
    readonly kind: "export";
    /** Modules that may export it, most likely first. */
    readonly modules: readonly string[];
    /** Name of the export; other exports are tried by `hash` when it is missing or differs. */
    readonly name: string;
    /** Hash of the source text; empty when the sender did not hold the function itself (`ref`). */
    readonly hash: string;
  }
  | { readonly kind: "inline"; readonly source: string }
  /** A built-in such as `Number` or `Math.max`, by its dotted path from `globalThis`. */
  | { readonly kind: "global"; readonly path: string };

/** The place a value goes to. */
export interface Handoff {
  /** In words, for errors: `process "Process-1"`, `the other end of a pipe`. */
  readonly destination: string;
  /**
   * How a function or class is named on the way.
   *
   * @throws {TypeError} If it cannot be found by the other side, with the ways to mend that.
   */
  functionReference(callable: object): FunctionReference;
  /**
   * Takes a platform object along beside the bytes (a port, a shared buffer). Absent, or `undefined` as its answer, where
   * only bytes can go. The answer is a number by which the other side asks for it.
   */
  attach?(value: object): number | undefined;
}

/** The place a value came from. */
export interface Source {
  /** The counterpart of {@linkcode Handoff.functionReference}; `undefined` is never a function, so it means "not allowed". */
  resolveFunction(reference: FunctionReference): object;
  /** The counterpart of {@linkcode Handoff.attach}. */
  attachment?(index: number): object;
  /** Limits for bytes from strangers. Absent: only the input's own size limits what is allocated. */
  readonly limits?: { readonly depth: number; readonly items: number };
  /** The conversation it came by, for objects that mean something in that only. */
  readonly origin?: object;
}
