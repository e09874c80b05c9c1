/** What children of the permission tests do. */
import { type Connection, getContext, Process, type ProcessPermissions, share, type StartMethod } from "../../mod.ts";

/** Every kind of permission. */
export const KINDS = ["read", "write", "net", "env", "run", "ffi", "sys", "import"] as const;
/** What a process holds: for each kind "granted", "granted in part", "denied" or "prompt". */
export type Held = Record<typeof KINDS[number], string>;

/** What this process holds of each kind as a whole. */
export function held(): Held {
  const states = KINDS.map((name) => {
    const { state, partial } = Deno.permissions.querySync({ name } as Deno.PermissionDescriptor);
    return [name, partial ? `${state} in part` : state];
  });
  return Object.fromEntries(states) as Held;
}

/** The state of single entries. */
export function statesOf(queries: readonly Deno.PermissionDescriptor[]): string[] {
  return queries.map((query) => Deno.permissions.querySync(query).state);
}

/** Sends what this process holds, then has a child do the same, to a depth. */
export async function sendHeld(to: Connection<Held>, depth = 0): Promise<void> {
  await to.send(held());
  if (depth === 0) return;
  const child = new Process({ target: sendHeld, args: [to, depth - 1] });
  await child.start();
  await child.join();
}

/** Sends the state of single entries. */
export async function sendStates(to: Connection<string[]>, queries: Deno.PermissionDescriptor[]): Promise<void> {
  await to.send(statesOf(queries));
}

/** Tries to start a child with permissions, and sends how that went. */
export async function tryToGive(
  to: Connection<string>,
  method: StartMethod,
  permissions: ProcessPermissions,
): Promise<void> {
  try {
    const child = new (getContext(method).Process)({ target: nothing, permissions });
    await child.start();
    await child.join();
    await to.send(`exit code ${child.exitCode}`);
  } catch (error) {
    await to.send(String(error));
  }
}

/** Tries what needs a permission, and sends how that went. */
export async function tryToUse(to: Connection<string[]>): Promise<void> {
  const uses: Record<string, () => unknown> = {
    read: () => Deno.readTextFileSync("/etc/hostname"),
    write: () => Deno.writeTextFileSync("/tmp/mp-never-written", ""),
    net: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
    env: () => Deno.env.get("HOME"),
    run: () => new Deno.Command("/bin/true").outputSync(),
    ffi: () => Deno.dlopen("/nowhere.so", {}),
    sys: () => Deno.hostname(),
  };
  const refused: string[] = [];
  for (const [name, use] of Object.entries(uses)) {
    try {
      use();
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) refused.push(name);
    }
  }
  await to.send(refused);
}

/** Ends at once. */
export function nothing(): void {}

/** Twice the number. */
export function double(x: number): number {
  return 2 * x;
}

/** Ends its process. */
export function exit(exitCode: number): never {
  Deno.exit(exitCode);
}

share(import.meta, { held, sendHeld, sendStates, tryToGive, tryToUse, nothing, double, exit });
