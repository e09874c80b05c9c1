/** A program that makes or finds a block, tells its name, and ends in the way that it is told. */
import { SharedMemory } from "../../src/memory/shared_memory.ts";

if (import.meta.main) {
  const [how, name] = Deno.args;
  const block = name === undefined
    ? new SharedMemory({ create: true, size: 100 })
    : new SharedMemory({ name, track: how === "owner" || how === "guard" });
  block.buf[0] = (block.buf[0] ?? 0) + 1;
  Deno.stdout.writeSync(new TextEncoder().encode(`${block.name}\n`));
  if (how === "exit") Deno.exit(0);
  if (how === "error") throw new Error("expected");
  if (how === "hand over") block.track = false;
  if (how === "again") {
    // Told to, it makes another one.
    await Deno.stdin.read(new Uint8Array(1));
    const other = new SharedMemory({ create: true, size: 1 });
    Deno.stdout.writeSync(new TextEncoder().encode(`${other.name}\n`));
  }
  // Until it is killed.
  if (["wait", "guard", "again"].includes(how ?? "")) await Deno.stdin.read(new Uint8Array(1));
}
