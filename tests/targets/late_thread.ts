/** A thread that takes its place in the program's memory when it has been taken for dead already. */
import { adoptLives, type Life } from "../../src/base/thread_life.ts";
import { adoptThreadMemory, type ArenaReference, threadTerritory } from "../../src/sync/program_memory.ts";

globalThis.addEventListener("message", (event) => {
  const { memory, life } = (event as MessageEvent<{ memory: ArenaReference; life: Life }>).data;
  adoptLives([life]);
  adoptThreadMemory(memory);
  threadTerritory();
  // Nobody comes here whose life has ended.
  (globalThis as unknown as Worker).postMessage("went on");
});
