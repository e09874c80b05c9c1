/**
 * A guess, from the texts of modules that are still running, at which of them exports a name. It saves asking the debugger,
 * which costs 40 ms. A wrong guess does no harm: whoever receives a reference checks what it finds.
 *
 * @module
 */

/** Barrels lead to barrels; whoever has more of them than this asks the debugger. */
const MOST_MODULES = 100;

/**
 * Modules that may export `name`, as the text of `module` tells: itself, and those that it imports from and that export
 * it too, or, if it does not export it, those from which it imports that name. Empty when it cannot be read without asking.
 */
export function guessExporters(module: string, name: string): string[] {
  const text = readIfAllowed(module);
  if (text === undefined || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return [];
  const word = `(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`;
  const imports = importsIn(text, module);
  if (!exportsWord(text, word)) {
    return imports.filter(({ names }) => new RegExp(word).test(names)).map(({ url }) => url);
  }
  const seen = new Set([module]);
  return [module, ...imports.flatMap(({ url }) => exporters(url, word, seen))];
}

/** The module, if its text exports the word, and those whose exports it passes on. */
function exporters(module: string, word: string, seen: Set<string>): string[] {
  if (seen.has(module) || seen.size > MOST_MODULES) return [];
  seen.add(module);
  const text = readIfAllowed(module);
  if (text === undefined) return [];
  const own = exportsWord(text, word) ? [module] : [];
  return [...own, ...passedOnBy(text, module).flatMap((url) => exporters(url, word, seen))];
}

function exportsWord(text: string, word: string): boolean {
  const declared = new RegExp(
    `^export\\s+(?:default\\s+)?(?:(?:async\\s+)?function\\s*\\*?|class|const|let|var)\\s+${word}`,
    "m",
  );
  return declared.test(text) || new RegExp(`^export\\s*\\{[^}]*${word}`, "m").test(text);
}

function importsIn(text: string, module: string): { readonly names: string; readonly url: string }[] {
  const found = text.matchAll(/^import\s+([^"';]*?)\s*from\s*["']([^"']+)["']/gm);
  return [...found].flatMap(([, names = "", specifier = ""]) =>
    urlsOf(specifier, module).map((url) => ({ names, url }))
  );
}

function passedOnBy(text: string, module: string): string[] {
  const found = text.matchAll(/^export\s+(?:\*[^"';]*|\{[^}]*\}\s*)from\s*["']([^"']+)["']/gm);
  return [...found].flatMap(([, specifier = ""]) => urlsOf(specifier, module));
}

/** The module of a specifier; none for packages, which hold no functions of the program. */
function urlsOf(specifier: string, module: string): string[] {
  try {
    const url = /^\.{0,2}\//.test(specifier) ? new URL(specifier, module).href : import.meta.resolve(specifier);
    return /^(?:file|https?):/.test(url) ? [url] : [];
  } catch {
    // Not in the import map of the program, but perhaps in one of its own.
    return [];
  }
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
