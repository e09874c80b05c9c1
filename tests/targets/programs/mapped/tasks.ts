/** Found by the import map only. */

/** Tells where and with which arguments it runs. */
export async function work(): Promise<void> {
  const again = await import("tasks");
  console.log(again.work === work, Deno.args.slice(1).join(","), Deno.cwd() === Deno.args[1]);
}
