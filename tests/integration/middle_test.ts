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
    `Process.kill() takes the ${below} child of an idle child with it and no sibling [EXIT-07]`,
    async (ctx) => {
      const killed = await grow(ctx, "idle", below);
      const sibling = await grow(ctx, "idle", below);
      assert([killed, sibling].every(({ end }) => runs(end)));
      await assertEndsWhenKilled(killed);
      await sibling.connection.send("still there?");
      assertEquals(await sibling.connection.recv(), "still there?");
      sibling.connection.close();
      await sibling.middle.join();
      assertEquals(sibling.middle.exitCode, 0);
    },
  );

  forEachStartMethod(`Process.kill() takes the ${below} child of a busy child with it [EXIT-07]`, async (ctx) => {
    await assertEndsWhenKilled(await grow(ctx, "busy", below));
    // Deno never stops a Worker that does not return to its event loop (denoland/deno pull request 35657), so its pipes stay open.
  }, { except: ["worker"] });

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

async function assertEndsWhenKilled({ middle, end, connection }: Branch): Promise<void> {
  middle.kill();
  await goneWithin(() => runs(end) ? [end] : []);
  await middle.join();
  assertEquals(middle.exitCode, -9);
  connection.close();
}
