/** What a process had sent or begun before it ended comes to its end, however it ended. */
import { assert, assertEquals } from "@std/assert";
import { type Connection, Pipe } from "../../mod.ts";
import { finish, start } from "../helpers/children.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { tellAndDie, tellWhenFree } from "../targets/last_words.ts";
import { square } from "../targets/pool.ts";

const COUNT = 300;
const WORDS = new Uint8Array(50);

/** Tells it something again and again, until it is gone. */
async function talk(to: Connection<Uint8Array, number>): Promise<void> {
  try {
    for (;;) await to.send(WORDS);
  } catch {
    // It has ended.
  }
}

async function hearAll(from: Connection<Uint8Array, number>): Promise<number[]> {
  const heard: number[] = [];
  for await (const word of from) heard.push(word);
  return heard;
}

for (const how of ["exit", "kill"] as const) {
  // A worker cannot be killed by a signal of its own.
  const except = how === "kill" ? ["worker"] as const : [];
  forEachStartMethod(
    `Process: all that it had sent arrives, though it ended by ${how} with messages unread`,
    async (ctx) => {
      for (let round = 0; round < 5; round++) {
        const [here, there] = Pipe<Uint8Array, number>();
        const process = await start(ctx, tellAndDie, there, COUNT, how);
        there.close();
        const talked = talk(here);
        assertEquals(await hearAll(here), Array.from({ length: COUNT }, (_, word) => word));
        await process.join();
        here.close();
        await talked;
      }
    },
    { except },
  );
}

forEachStartMethod("Process: a wait that its target has left behind comes to its end before it ends", async (ctx) => {
  const lock = new ctx.Lock();
  const [here, there] = Pipe<never, string>();
  await lock.acquire();
  const process = await start(ctx, tellWhenFree, lock, there as Connection<string>);
  there.close();
  // However long that takes: another process comes and goes meanwhile.
  await finish([await start(ctx, square, 2)]);
  assert(process.isAlive());
  await lock.release();
  assertEquals(await here.recv(), "at last");
  await finish([process]);
  here.close();
});
