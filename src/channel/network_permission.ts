/**
 * Asks whether a socket may be opened, so that nothing prompts and the refusal names the flags.
 *
 * @module
 */

import { type Endpoint, hostAndPort } from "./address.ts";

/**
 * Why a socket may not be opened, or `undefined` if it may.
 *
 * @param what What was to be done, for the error.
 */
export function networkRefusal(what: string, endpoint: Endpoint): Error | undefined {
  const missing = neededFor(endpoint).filter(({ descriptor }) => {
    return Deno.permissions.querySync(descriptor).state !== "granted";
  });
  if (missing.length === 0) return undefined;
  const flags = missing.map(({ flag }) => flag).join(" ");
  return new Deno.errors.NotCapable(`Cannot ${what}: this process may not; start it with ${flags}`);
}

interface Need {
  readonly descriptor: Deno.PermissionDescriptor;
  readonly flag: string;
}

function neededFor(endpoint: Endpoint): Need[] {
  if (endpoint.transport === "tcp") {
    const host = hostAndPort(endpoint.hostname, endpoint.port);
    return [{ descriptor: { name: "net", host }, flag: `--allow-net=${host}` }];
  }
  const { path } = endpoint;
  if (path.startsWith("\0")) return [{ descriptor: { name: "net" }, flag: "--allow-net" }];
  const files: Need[] = [
    { descriptor: { name: "read", path }, flag: `--allow-read=${path}` },
    { descriptor: { name: "write", path }, flag: `--allow-write=${path}` },
  ];
  // Deno 2.9 is the first that has Unix sockets among the hosts.
  if (!hasUnixHosts()) return files;
  return [...files, { descriptor: { name: "net", host: `unix:${path}` }, flag: `--allow-net=unix:${path}` }];
}

function hasUnixHosts(): boolean {
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 9);
}
