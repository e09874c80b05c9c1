/** A program that imports functions of the names that it exports itself; while its top level runs, and afterwards. */
import { contextOfArgs } from "./_method.ts";
import { other as otherThere, runOwn, same as sameThere } from "./_same_name.ts";

const WHERE = "here";

export function same(): void {
  console.log("same", WHERE);
}

export function other(): void {
  console.log("other here", WHERE);
}

async function main(): Promise<void> {
  const ctx = contextOfArgs();
  for (const target of [sameThere, same, otherThere, other]) {
    try {
      const process = new ctx.Process({ target });
      await process.start();
      await process.join();
    } catch (error) {
      console.log(String(error));
    }
  }
  await runOwn(ctx).catch((error) => console.log(String(error)));
}

if (import.meta.main) {
  await main();
  console.log("ended");
  setTimeout(main);
}
