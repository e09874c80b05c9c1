/** Does as a program made by `deno compile` would, which only knows it by one flag. */
const { standalone: _, ...build } = Deno.build;
Object.defineProperty(Deno, "build", { value: { ...build, standalone: true } });
const { freezeSupport, getAllStartMethods, getContext, Process, setExecutable } = await import("../../../mod.ts");

export function greet(): void {
  console.log("hello from a", getContext().getStartMethod());
}

if (import.meta.main) {
  freezeSupport();
  console.log(getAllStartMethods().join());
  for (const method of ["spawn", "forkserver"] as const) {
    try {
      getContext(method);
    } catch (error) {
      console.log(String(error));
    }
  }
  const process = new Process({ target: greet });
  await process.start();
  await process.join();
  setExecutable(Deno.args[0] ?? "");
  console.log(getAllStartMethods().join());
}
