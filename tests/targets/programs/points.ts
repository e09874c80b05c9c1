/** Sends objects of two registered classes of one name to a child that has registered one of them. */
import { Pipe, ref } from "../../../mod.ts";
import { contextOfArgs } from "./_method.ts";

if (import.meta.main) {
  const ctx = contextOfArgs();
  const module = new URL("../points_second.ts", import.meta.url);
  // Not imported by the main module, as a child would be too.
  const { Point: First } = await import("../points_first.ts");
  const { Point: Second } = await import("../points_second.ts");
  for (const point of [new Second(1), new First(2)]) {
    const [here, there] = Pipe<never, string>({ duplex: false });
    const target = ref<(...args: unknown[]) => Promise<void>>(module, "answerOf");
    const process = new ctx.Process({ target, args: [there, point] });
    await process.start();
    there.close();
    console.log(await here.recv().catch((error) => error.name));
    await process.join();
    here.close();
  }
}
