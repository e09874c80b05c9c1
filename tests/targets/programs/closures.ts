/** Functions that another one made, of one text: some are exported, the others are not to be taken for them. */
import { contextOfArgs } from "./_method.ts";

function make(number: number): () => void {
  return function made(): void {
    console.log("ran", number);
  };
}

function makeNamed(number: number): () => void {
  return function named(): void {
    console.log("ran named", number);
  };
}

export const renamed = make(1);
export const named = makeNamed(2);
const hidden = [make(3), makeNamed(4)];

if (import.meta.main) {
  const ctx = contextOfArgs();
  for (const target of [named, ...hidden]) {
    const process = new ctx.Process({ target });
    try {
      await process.start();
      await process.join();
      console.log(process.exitCode);
    } catch (error) {
      console.log(String(error).split(";")[0]);
    }
  }
}
