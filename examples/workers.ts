/** Four processes that take tasks from one queue and put what they found into another, until they are told to stop. */
import { currentProcess, Process, Queue } from "@multiprocessing/deno";
import { delay } from "@std/async";

type Calculation = (a: number, b: number) => Promise<number>;
type Task = readonly [Calculation, number, number];

const WORKERS = 4;

export async function mul(a: number, b: number): Promise<number> {
  await delay(10 * Math.random());
  return a * b;
}

export async function plus(a: number, b: number): Promise<number> {
  await delay(10 * Math.random());
  return a + b;
}

export async function worker(input: Queue<Task>, output: Queue<string>): Promise<void> {
  for await (const [calculate, a, b] of input) {
    const result = await calculate(a, b);
    await output.put(`${currentProcess().name} says that ${calculate.name}(${a}, ${b}) = ${result}`);
  }
}

if (import.meta.main) {
  const [tasks, done] = [new Queue<Task>(), new Queue<string>()];

  const multiplications = Array.from({ length: 20 }, (_, i): Task => [mul, i, 7]);
  const additions = Array.from({ length: 10 }, (_, i): Task => [plus, i, 8]);

  for (const task of multiplications) await tasks.put(task);
  for (let i = 0; i < WORKERS; i++) await new Process({ target: worker, args: [tasks, done] }).start();

  console.log("Unordered results:");
  for (let i = 0; i < multiplications.length; i++) console.log(await done.get());

  for (const task of additions) await tasks.put(task);
  for (let i = 0; i < additions.length; i++) console.log(await done.get());

  await tasks.shutdown(); // Ends the workers' loops.
}

/* Output, interleaved:
Unordered results:

Process-* says that mul(0, 7) = 0

Process-* says that mul(1, 7) = 7

Process-* says that mul(2, 7) = 14

Process-* says that mul(3, 7) = 21

Process-* says that mul(4, 7) = 28

Process-* says that mul(5, 7) = 35

Process-* says that mul(6, 7) = 42

Process-* says that mul(7, 7) = 49

Process-* says that mul(8, 7) = 56

Process-* says that mul(9, 7) = 63

Process-* says that mul(10, 7) = 70

Process-* says that mul(11, 7) = 77

Process-* says that mul(12, 7) = 84

Process-* says that mul(13, 7) = 91

Process-* says that mul(14, 7) = 98

Process-* says that mul(15, 7) = 105

Process-* says that mul(16, 7) = 112

Process-* says that mul(17, 7) = 119

Process-* says that mul(18, 7) = 126

Process-* says that mul(19, 7) = 133

Process-* says that plus(0, 8) = 8

Process-* says that plus(1, 8) = 9

Process-* says that plus(2, 8) = 10

Process-* says that plus(3, 8) = 11

Process-* says that plus(4, 8) = 12

Process-* says that plus(5, 8) = 13

Process-* says that plus(6, 8) = 14

Process-* says that plus(7, 8) = 15

Process-* says that plus(8, 8) = 16

Process-* says that plus(9, 8) = 17
*/

// Catalogue: EX-48
