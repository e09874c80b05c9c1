/**
 * The command line of a child process: the user's program in its own configuration, entered through our bootstrap.
 *
 * The bootstrap is a `data:` module given to `--preload`. So the configuration, the import map and the lock file are found from the
 * program's own main module as in the parent, and named where the parent's were not; `Deno.mainModule` and `Deno.args` are the
 * parent's; `import.meta.main` is false in it; and no permission is needed, as the imports are written out. When the bootstrap
 * returns, Deno runs the main module, which has been evaluated by then, and the process ends when its event loop is empty.
 *
 * @module
 */

import { identity } from "../base/identity.ts";
import { LIBRARY } from "../base/own_modules.ts";
import { configuration } from "./configuration.ts";
import { configFlags } from "./found_config.ts";
import { isPermissionFlag } from "./permissions.ts";

const EMPTY_MODULE = "data:application/javascript,";

/** The main module, if other processes can import it: not what was typed in, nor a test taken from documentation. */
export function mainToImport(): string | undefined {
  const main = identity.mainModule;
  if (main === undefined || /[$]deno[$]|#/.test(main)) return undefined;
  return main;
}

/** Options of {@linkcode bootModule}. */
export interface BootOptions {
  /** For a process launched ahead of need, the modules to evaluate meanwhile. */
  readonly ahead?: readonly string[];
  /** Whether the module is done only when the task is, as the main module must not be evaluated before. */
  readonly waits: boolean;
}

/**
 * The `data:` URL of a module that enters the bootstrap.
 *
 * @param entry URL of the module whose `enter` begins.
 */
export function bootModule(entry: string, { ahead, waits }: BootOptions): string {
  const main = mainToImport();
  const importMain = `() => ${main === undefined ? "Promise.resolve({})" : `import(${JSON.stringify(main)})`}`;
  const source = [
    `import ${JSON.stringify(LIBRARY)};`,
    `import { enter } from ${JSON.stringify(entry)};`,
    // What cannot be imported ahead of need is an error when it is needed.
    ...(ahead ?? []).map((url) => `await import(${JSON.stringify(url)}).catch(() => {});`),
    `${waits ? "await " : ""}enter(${importMain}${ahead === undefined ? "" : ", { warm: true }"});`,
  ];
  return `data:application/javascript,${encodeURIComponent(source.join("\n"))}`;
}

/**
 * The arguments for `deno`.
 *
 * @param boot What {@linkcode bootModule} made.
 * @param permissionFlags What the child may do.
 */
export function commandLine(boot: string, permissionFlags: readonly string[]): string[] {
  // What was told holds unless it is a permission: those were weighed already.
  const told = [...configuration.args.filter((flag) => !isPermissionFlag(flag)), ...configFlags()];
  const main = mainToImport() ?? EMPTY_MODULE;
  return ["run", "--no-prompt", ...permissionFlags, ...told, "--preload", boot, main, ...Deno.args];
}
