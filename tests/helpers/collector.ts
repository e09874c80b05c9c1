import { assert } from "@std/assert";

/** The engine's own collector, which is reached by way of a flag. */
export async function garbageCollector(): Promise<() => void> {
  const [v8, vm] = await Promise.all([import("node:v8"), import("node:vm")]);
  v8.setFlagsFromString("--expose-gc");
  const collect: unknown = vm.runInNewContext("gc");
  assert(typeof collect === "function");
  return () => void collect();
}
