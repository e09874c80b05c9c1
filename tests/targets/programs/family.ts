/**
 * A program with children and grandchildren that never end by themselves. Its arguments: how it ends, then one for each child, as
 * `spawn:idle/worker:busy`: the child's start method and what it does, and the same of its child, which may be left out.
 */
import { type Connection, getContext, Pipe, type StartMethod } from "../../../mod.ts";

/** Says who it is and who its child is, then does what it was told. */
export async function live(to: Connection<number[]>, work: string, child?: string): Promise<void> {
  const pids = child === undefined ? [] : await have(child);
  await to.send([Deno.pid, ...pids]);
  if (work === "busy") { for (;;); }
  if (work === "awaiting") await new Promise(() => {});
  await to.recv();
}

/** Starts a member of the family and hears who belongs to it. Both ends of the connection stay open here. */
async function have(member: string, daemon = false): Promise<number[]> {
  const [own, below] = member.split("/");
  const [method, work] = (own ?? "").split(":");
  const { Process } = getContext(method as StartMethod);
  const [here, there] = Pipe<never, number[]>();
  const process = new Process<unknown[]>({
    target: live as (...args: unknown[]) => Promise<void>,
    args: [there, work, below],
    daemon,
  });
  await process.start();
  kept.push(process, here, there);
  return await here.recv();
}

/** What must not be collected. */
const kept: unknown[] = [];

async function end(how: string | undefined): Promise<void> {
  switch (how) {
    case "exit":
      return Deno.exit(7);
    case "throw":
      throw new Error("the end");
    case "return":
      return;
    case "busy":
      for (;;);
    default:
      await new Promise((resolve) => setTimeout(resolve, 600_000));
  }
}

if (import.meta.main) {
  const [how, ...members] = Deno.args;
  const pids = [];
  for (const member of members) pids.push(...await have(member, how === "return"));
  console.log(`ready ${pids.join(" ")}`);
  // Ends once this was read, so that a test sees all of them first.
  await Deno.stdin.read(new Uint8Array(1));
  await end(how);
}
