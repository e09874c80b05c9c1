/** Asynchronous waits look on for a moment before they listen, so that what comes soon wakes nobody. */
import { assertEquals } from "@std/assert";
import { fileTerritory, threadTerritory } from "../../src/sync/program_memory.ts";
import { forEachSharedMemory, HANG_MS } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";

forEachSharedMemory("A wait listens only if nothing comes for a moment, and then hears what comes", async (ctx) => {
  const { words } = (ctx.getStartMethod() === "worker" ? threadTerritory() : fileTerritory()).arena;
  const { listen } = words;
  let listened = 0;
  let heard = () => {};
  words.listen = (...args) => {
    listened++;
    heard();
    return listen.apply(words, args);
  };
  try {
    const event = new ctx.Event();
    const soon = event.wait();
    await event.set();
    // It has come before the wait has had its turn.
    assertEquals([await soon, listened], [true, 0]);
    await event.clear();
    const listening = new Promise<void>((resolve) => heard = resolve);
    const late = event.wait();
    await within(HANG_MS, listening);
    await event.set();
    assertEquals([await late, listened], [true, 1]);
  } finally {
    words.listen = listen;
  }
});

forEachSharedMemory("A wait that looks on hears what comes between its last look and its listening", async (ctx) => {
  const { words, bells } = (ctx.getStartMethod() === "worker" ? threadTerritory() : fileTerritory()).arena;
  const { listen } = words;
  const event = new ctx.Event();
  // Set at that moment, as others do: this thread is not rung, as it has not asked for that yet.
  words.listen = (...args) => {
    const { onOwnRing } = bells;
    bells.onOwnRing = undefined;
    event.setSync();
    bells.onOwnRing = onOwnRing;
    return listen.apply(words, args);
  };
  try {
    // Not by a time of its own, at whose end it would look once more.
    assertEquals(await within(HANG_MS, event.wait()), true);
  } finally {
    words.listen = listen;
  }
});
