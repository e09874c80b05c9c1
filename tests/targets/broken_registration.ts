/** A module that fails with an error whose field is of a class that only its own process has registered. */
import { registerReducer } from "../../mod.ts";

class Detail {
  constructor(readonly code: number) {}
}
registerReducer(Detail, { reduce: ({ code }) => code, revive: (code: number) => new Detail(code) });

export function neverFound(): void {}

throw Object.assign(new Error("the module is broken"), { detail: new Detail(1), kept: 2 });
