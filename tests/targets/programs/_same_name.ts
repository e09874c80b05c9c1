/** A module with functions of the names that its importer has too. */
import type { Context } from "../../../mod.ts";

const WHERE = "there";

/** The same text as in the importer. */
export function same(): void {
  console.log("same", WHERE);
}

/** Another text than in the importer. */
export function other(): void {
  console.log("other there");
}

/** Runs this module's own. */
export async function runOwn(ctx: Context): Promise<void> {
  const process = new ctx.Process({ target: same });
  await process.start();
  await process.join();
}
