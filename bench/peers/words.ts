/** Two threads that wait on shared words without blocking: what the runtime allows for. */
import { obey } from "./orders.ts";
import { call, turn } from "./turns.ts";

async function main(): Promise<void> {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL("words_echo.ts", import.meta.url), { type: "module" });
  worker.postMessage(words);
  let seen = 0;
  await obey({
    "round:small": async (times) => {
      for (let left = times; left > 0; left--) {
        call(words, 1);
        seen = await turn(words, 0, seen);
      }
    },
  });
  worker.terminate();
}

await main();
