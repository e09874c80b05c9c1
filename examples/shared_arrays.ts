/**
 * Heavy work by several processes on one large array, which nobody copies: each writes its own rows of a picture, in place. What is
 * sent is only where the array is, however large it may be.
 */
import { Process, RawArray, Value } from "@multiprocessing/deno";

const SIZE = 400;
const PROCESSES = 4;
const MAX_STEPS = 100;

/** Draws every fourth row of the Mandelbrot set, and adds how many of its points are inside. */
export async function draw(first: number, picture: RawArray<number>, inside: Value<number>): Promise<void> {
  const points = picture.buffer; // A typed array over the shared memory itself.
  let count = 0;
  for (let row = first; row < SIZE; row += PROCESSES) {
    for (let column = 0; column < SIZE; column++) {
      const steps = stepsToEscape(column / SIZE * 3 - 2.25, row / SIZE * 3 - 1.5);
      points[row * SIZE + column] = steps;
      if (steps === MAX_STEPS) count++;
    }
  }
  await using _guard = await inside.guard(); // `+=` reads and writes.
  inside.value += count;
}

function stepsToEscape(x: number, y: number): number {
  let [a, b] = [0, 0];
  for (let step = 0; step < MAX_STEPS; step++) {
    [a, b] = [a * a - b * b + x, 2 * a * b + y];
    if (a * a + b * b > 4) return step;
  }
  return MAX_STEPS;
}

function shade(steps: number): string {
  if (steps === MAX_STEPS) return "#";
  if (steps > 8) return "+";
  return steps > 3 ? "." : " ";
}

if (import.meta.main) {
  const picture = new RawArray("B", SIZE * SIZE);
  const inside = new Value("i", 0);

  const processes: Process[] = [];
  for (let first = 0; first < PROCESSES; first++) {
    const process = new Process({ target: draw, args: [first, picture, inside] });
    await process.start();
    processes.push(process);
  }
  for (const process of processes) await process.join();

  for (let row = 50; row <= SIZE - 50; row += 25) {
    const line = picture.slice(row * SIZE, (row + 1) * SIZE, 6);
    console.log(line.map(shade).join("").trimEnd());
  }
  console.log("points inside:", inside.value);
}

/* Output:
                                             ....
                                         ......++....
                                    ........+#####+........
                          ...........+##+##############+##++..
                  ....+....+......++######################+++.
              ........++########++#########################+..
      ##################################################++....
              ........++########++#########################+..
                  ....+....+......++######################+++.
                          ...........+##+##############+##++..
                                    ........+#####+........
                                         ......++....
                                             ....
points inside: 27554
*/
