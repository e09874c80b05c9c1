/** A number and an array in memory that the processes share: what the child writes, the parent reads. */
import { Array as SharedArray, Process, Value } from "@multiprocessing/deno";

export function f(number: Value<number>, array: SharedArray<number>): void {
  number.value = 3.1415927;
  for (const [index, element] of [...array].entries()) array[index] = -element;
}

if (import.meta.main) {
  const number = new Value("d", 0);
  const array = new SharedArray("i", 10);
  array.set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

  const process = new Process({ target: f, args: [number, array] });
  await process.start();
  await process.join();

  console.log(number.value);
  console.log(array.slice());
}

/* Output:
3.1415927
[
   0, -1, -2, -3, -4,
  -5, -6, -7, -8, -9
]
*/

// Catalogue: EX-09
