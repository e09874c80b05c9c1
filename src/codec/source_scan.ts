/**
 * A guess, from the texts of modules that are still running, at which of them exports a name. It saves asking the debugger,
 * which costs 40 ms. Whoever receives a reference checks the name and the text of what it finds.
 *
 * @module
 */

/** Barrels lead to barrels; no more of them than so many are read for a guess. */
const MOST_MODULES = 100;

/**
 * Modules that may export `name`, as the text of `module` tells: itself, those from which it imports that name, under
 * whatever other, and those whose exports it imports as a whole. Empty when it cannot be read without asking.
 */
export function guessExporters(module: string, name: string): string[] {
  const text = readIfAllowed(module);
  if (text === undefined || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return [];
  const word = `(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`;
  const imports = importsIn(text, module);
  const named = imports.filter(({ names }) => new RegExp(word).test(names)).map(({ url }) => url);
  if (!exportsWord(text, word)) return named;
  const seen = new Set([module, ...named]);
  const whole = imports.filter(({ names }) => !names.startsWith("{"));
  return [module, ...named, ...whole.flatMap(({ url }) => exporters(url, word, seen))];
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
  const declared = `\\s+(?:default\\s+)?(?:(?:async\\s+)?function\\s*\\*?|class)\\s+${word}`;
  const assigned = `\\s+(?:const|let|var)\\s[^;\\n]*${word}`;
  return new RegExp(`^export(?:${declared}|${assigned}|\\s*\\{[^}]*${word})`, "m").test(text);
}

/** What is imported as values: types are not loaded when the program runs. */
function importsIn(text: string, module: string): { readonly names: string; readonly url: string }[] {
  const found = text.matchAll(/^import\s+(?!type\s)([^"';]*?)\s*from\s*["']([^"']+)["']/gm);
  return [...found].flatMap(([, clause = "", specifier = ""]) => {
    const names = clause.replaceAll(/\btype\s+[^,}]+/g, "");
    return urlsOf(specifier, module).map((url) => ({ names, url }));
  });
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
