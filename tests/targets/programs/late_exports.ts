/** A program that sends functions which its top level exports only after it has awaited what they give. */
import { contextOfArgs } from "./_method.ts";

const square = (x: number) => x * x;
const cube = (x: number) => x ** 3;

if (import.meta.main) {
  await using pool = new (contextOfArgs().Pool)(1);
  console.log(await pool.map(square, [1, 2, 3]));
  console.log(await pool.map(cube, [1, 2, 3]));
}

export default cube;
export const tasks = { square, cube };
