/** The words of several texts, counted in two steps that a pool does: one task for each text, then one for each word. */
import { Pool } from "@multiprocessing/deno";

/** Two functions of a program, and a pool that runs them. */
class MapReduce<I, K, V, R> {
  readonly #pool: Pool;
  readonly #map: (input: I) => [K, V][];
  readonly #reduce: (item: [K, V[]]) => R;

  constructor(pool: Pool, map: (input: I) => [K, V][], reduce: (item: [K, V[]]) => R) {
    this.#pool = pool;
    this.#map = map;
    this.#reduce = reduce;
  }

  async run(inputs: Iterable<I>): Promise<R[]> {
    const values = new Map<K, V[]>();
    for (const [key, value] of (await this.#pool.map(this.#map, inputs, { chunkSize: 1 })).flat()) {
      values.set(key, [...values.get(key) ?? [], value]);
    }
    return await this.#pool.map(this.#reduce, values);
  }
}

export function findWords(text: string): [string, number][] {
  return text.toLowerCase().match(/\p{L}+/gu)?.map((word) => [word, 1]) ?? [];
}

export function countWord([word, ones]: [string, number[]]): { word: string; count: number } {
  return { word, count: ones.length };
}

const TEXTS = [
  "The process waits for the queue.",
  "The queue waits for nobody; the lock waits for the process.",
  "A process may put, a process may get.",
];

if (import.meta.main) {
  await using pool = new Pool(2);
  const counts = await new MapReduce(pool, findWords, countWord).run(TEXTS);
  counts.sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1));
  for (const { word, count } of counts.slice(0, 4)) console.log(`${word.padEnd(8)}: ${count}`);
}

/* Output:
the     : 5
process : 4
for     : 3
waits   : 3
*/
