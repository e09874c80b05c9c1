/** Children that nobody joins, daemons among them that would run for ever. */
import { contextOfArgs } from "./_method.ts";

export async function speakLater(text: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  console.log(text);
}

export async function neverSpeak(): Promise<void> {
  console.log("daemon starts");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  console.log("daemon exits");
}

if (import.meta.main) {
  const ctx = contextOfArgs();
  await new ctx.Process({ target: speakLater, args: ["child 1"] }).start();
  await new ctx.Process({ target: speakLater, args: ["child 2"] }).start();
  const daemon = new ctx.Process({ target: neverSpeak, daemon: true });
  await daemon.start();
  globalThis.addEventListener("unload", () => console.log("main ends"));
  Deno.exitCode = 5;
}
