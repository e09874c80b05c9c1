/** A child shares memory that its parent may share only by the path of the C library. */
import { getContext, type Lock, type Value } from "../../../mod.ts";

/** Adds one under a lock. */
export function addOne(lock: Lock, value: Value<number>): void {
  using _guard = lock.guardSync();
  value.value += 1;
}

if (import.meta.main) {
  const { Lock, Process, Value } = getContext("spawn");
  const [lock, value] = [new Lock(), new Value("i", 41)];
  const child = new Process({ target: addOne, args: [lock, value] });
  await child.start();
  await child.join();
  console.log(child.exitCode, value.value);
}
