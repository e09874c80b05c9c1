/** A registered class; another module has one of its name. */
import { type Connection, registerReducer } from "../../mod.ts";

export class Point {
  readonly of = "second";
  constructor(readonly x: number) {}
}
registerReducer(Point, { reduce: ({ x }) => x, revive: (x: number) => new Point(x) });

/** Answers of which module a point is, in a process that knows no other. */
export async function answerOf(to: Connection<string>, point: Point): Promise<void> {
  await to.send(`${point.of} ${point instanceof Point}`);
}
