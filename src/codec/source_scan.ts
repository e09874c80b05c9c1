/**
 * A guess, from the text of a module that is still running, at which module exports a name. It saves asking the debugger,
 * which costs 40 ms. A wrong guess does no harm: whoever receives a reference checks what it finds.
 *
 * @module
 */

/**
 * Modules that may export `name`, as the text of `module` tells: itself, or those from which it imports that name.
 * Empty when it cannot be read without asking.
 */
export function guessExporters(module: string, name: string): string[] {
  const text = readIfAllowed(module);
  if (text === undefined || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return [];
  const word = `(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`;
  const declared = new RegExp(
    `^export\\s+(?:default\\s+)?(?:(?:async\\s+)?function\\s*\\*?|class|const|let|var)\\s+${word}`,
    "m",
  );
  const listed = new RegExp(`^export\\s*\\{[^}]*${word}`, "m");
  if (declared.test(text) || listed.test(text)) return [module];
  return importedFrom(text, new RegExp(word)).map((specifier) => new URL(specifier, module).href);
}

function importedFrom(text: string, word: RegExp): string[] {
  const imports = text.matchAll(/^import\s+([^"';]*?)\s*from\s*["'](\.{0,2}\/[^"']+|file:[^"']+|https?:[^"']+)["']/gm);
  return [...imports].filter(([, names]) => names !== undefined && word.test(names)).flatMap((found) => found[2] ?? []);
}

function readIfAllowed(module: string): string | undefined {
  if (!module.startsWith("file:")) return undefined;
  const path = new URL(module);
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return undefined;
  try {
    return Deno.readTextFileSync(path);
  } catch {
    // No file, as in a compiled program: then there is nothing to guess from.
    return undefined;
  }
}
