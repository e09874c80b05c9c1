/** A program that forgets its pools. */
import { activeChildren } from "../../../mod.ts";
import { contextOfArgs } from "./_method.ts";
import { failAtFive, sameAfter, square } from "../pool.ts";

declare function gc(): void;

const { Pool } = contextOfArgs();

/** Collects what nobody has any more, and gives finalizers time. */
async function collect(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

async function* whileCollecting(): AsyncGenerator<number> {
  for (const x of [0, 1, 2]) {
    await collect();
    yield x;
  }
}

/** A loop that ends by a task that fails, which no iterator is told. */
async function leave(pool: InstanceType<typeof Pool>): Promise<void> {
  let told = false;
  function* items(): Generator<number> {
    try {
      for (;;) yield 5;
    } finally {
      told = true;
    }
  }
  const loop = async () => {
    for await (const _ of pool.imap(failAtFive, items()));
  };
  await loop().catch(({ message }) => console.log(message));
  for (let round = 0; !told && round < 200; round++) await collect();
  console.log(told ? "told" : "not told");
}

if (import.meta.main) {
  const result = new Pool(1).applyAsync(sameAfter<number>, [100, 4]);
  await collect();
  console.log(await result);
  const results: number[] = [];
  for await (const x of new Pool(1).imap(square, [0, 1, 2, 3])) {
    await collect();
    results.push(x);
  }
  console.log(results.join());
  const listed = new Pool(1).mapAsync(square, whileCollecting());
  console.log((await listed).join());
  await leave(new Pool(1));
  for (let round = 0; activeChildren().length > 0 && round < 200; round++) {
    await collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(activeChildren().length === 0 ? "no children" : activeChildren());
}
