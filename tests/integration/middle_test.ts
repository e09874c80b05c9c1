import { assert, assertEquals } from "@std/assert";
import { type Connection, type Context, EOFError, Pipe, type Process, type StartMethod } from "../../mod.ts";
import { goneWithin, runs } from "../helpers/family.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { beBusyMiddle, beMiddle } from "../targets/generations.ts";

/** A child with a child, to which there is a connection. */
interface Branch {
  readonly middle: Process;
  readonly end: number;
  readonly connection: Connection<string, number | string>;
}

async function grow(ctx: Context, work: "idle" | "busy", method: StartMethod): Promise<Branch> {
  const [here, there] = Pipe<string, number | string>();
  const middle = new ctx.Process<unknown[]>({
    target: (work === "idle" ? beMiddle : beBusyMiddle) as never,
    args: [there, method],
  });
  await middle.start();
  there.close();
  return { middle: middle as Process, end: Number(await here.recv()), connection: here };
}

for (const below of ["spawn", "forkserver"] as const) {
  forEachStartMethod(
    `Process.kill() takes the ${below} child of the child with it and no sibling [EXIT-07]`,
    async (ctx) => {
      const branches = [await grow(ctx, "idle", below), await grow(ctx, "idle", below), await grow(ctx, "busy", below)];
      const [idle, sibling, busy] = branches as [Branch, Branch, Branch];
      assert([idle, sibling, busy].every(({ end }) => runs(end)));
      for (const { middle, end } of [idle, busy]) {
        middle.kill();
        await goneWithin(() => runs(end) ? [end] : []);
        await middle.join();
        assertEquals(middle.exitCode, -9);
      }
      await sibling.connection.send("still there?");
      assertEquals(await sibling.connection.recv(), "still there?");
      sibling.connection.close();
      await sibling.middle.join();
      assertEquals(sibling.middle.exitCode, 0);
      for (const { connection } of branches) connection.close();
    },
  );

  forEachStartMethod(
    `Connection.recv() meets the end when its ${below} peer died with a parent that was killed from outside`,
    async (ctx) => {
      const { middle, end, connection } = await grow(ctx, "idle", below);
      Deno.kill(middle.pid ?? 0, "SIGKILL");
      const error = await connection.recv().catch((error) => error);
      assert(error instanceof EOFError, String(error));
      await goneWithin(() => runs(end) ? [end] : []);
      await middle.join();
      assertEquals(middle.exitCode, -9);
      connection.close();
    },
    // Its process is this one.
    { except: ["worker"] },
  );
}
