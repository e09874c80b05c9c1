import { FIRST_BYTES } from "../../src/sync/layout.ts";
import { ThreadWords } from "../../src/sync/thread_words.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";

Deno.test("ThreadWords.listen() hears of changes, also after either side has seen the memory grow", async () => {
  const WORD = 5;
  const words = new ThreadWords();
  // As another thread knows them.
  const others = new ThreadWords(words.reference);
  const hearOne = async (grow = () => {}) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = words.listen(WORD, resolve);
    grow();
    Atomics.add(others.cells, WORD, 1);
    others.wake(WORD);
    await within(HANG_MS, promise);
    stop();
  };
  await hearOne();
  await hearOne(() => others.reserve(FIRST_BYTES / 4 + 1));
  await hearOne(() => words.reserve(FIRST_BYTES / 4 + 1));
  await hearOne();
});
