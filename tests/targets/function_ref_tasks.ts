/** Functions and classes in all the ways in which a module can have them, for tests of references. */
import { share } from "../../src/codec/function_ref.ts";

export function work(n: number): number {
  return n * 2;
}

function renamed(n: number): number {
  return n + 100;
}

export { renamed as otherName };

export class Task {
  static run(n: number): number {
    return n - 1;
  }

  readonly kind = "task";
}

export const group = {
  cube(n: number): number {
    return n ** 3;
  },
};

const adder = (by: number) => (n: number): number => n + by;
export const addOne = adder(1);
export const addTwo = adder(2);

function kept(n: number): number {
  return n * 1000;
}

function given(n: number): number {
  return -n;
}

share(import.meta, { given });

/** Not exported, not shared, but handed out. */
export const hidden: { readonly kept: (n: number) => number } = Object.create({ kept });

export default function (n: number): number {
  return n * 7;
}
