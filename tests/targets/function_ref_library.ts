/** A module that calls the library itself and is imported by a main module. */
import type { FunctionReference } from "../../src/codec/handoff.ts";
import { noteCaller, referenceTo } from "../../src/codec/function_ref.ts";

export function inLibrary(n: number): number {
  return n + 5;
}

export function callFromLibrary(callable: object = inLibrary): FunctionReference {
  noteCaller();
  return referenceTo(callable);
}
