/** A registered class; another module has one of its name. */
import { registerReducer } from "../../mod.ts";

export class Point {
  readonly of = "first";
  constructor(readonly x: number) {}
}
registerReducer(Point, { reduce: ({ x }) => x, revive: (x: number) => new Point(x) });
