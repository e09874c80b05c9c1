/** Modules named for preloading are there in children, and bad ones do no harm. */
import { getContext, setForkserverPreload } from "../../../mod.ts";

export function report(): void {
  console.log("preloaded", Reflect.get(globalThis, "preloaded"));
}

if (import.meta.main) {
  const urls = Deno.args.map((name) => new URL(name, import.meta.url));
  setForkserverPreload(urls);
  const ctx = getContext("forkserver");
  for (let count = 0; count < 3; count++) {
    const process = new ctx.Process({ target: report });
    await process.start();
    await process.join();
    console.log(process.exitCode);
  }
}
