/** A program whose top level awaits objects of classes that it has not sent itself. */
import { reduce, revive } from "../../../mod.ts";
import { contextOfArgs } from "./_method.ts";

export class Celsius {
  constructor(readonly degrees: number) {}

  [reduce](): number {
    return this.degrees;
  }

  static [revive](degrees: number): Celsius {
    return new Celsius(degrees);
  }
}

export class OddError extends RangeError {
  readonly odd = 3;
}

export function make(): Celsius {
  return new Celsius(5);
}

export function fail(): never {
  throw new OddError("odd");
}

if (import.meta.main) {
  await using pool = new (contextOfArgs().Pool)(1);
  const error: unknown = await pool.apply(fail).catch((reason) => reason);
  console.log(error instanceof OddError, error instanceof OddError && error.odd);
  const made: unknown = await pool.apply(make);
  console.log(made instanceof Celsius, made instanceof Celsius && made.degrees);
}

export const reached = true;
