/** What the files of one language add up to. */
export interface Tally {
  files: number;
  lines: number;
  words: number;
}

/** A file or folder that could not be read. */
export interface Unreadable {
  readonly path: string;
  readonly why: string;
}

/** What was found out about some files. */
export interface Counts {
  readonly languages: Map<string, Tally>;
  readonly unreadable: Unreadable[];
  binary: number;
}

/** The counts of no files. */
export function noCounts(): Counts {
  return { languages: new Map(), unreadable: [], binary: 0 };
}

/** Adds to the tally of a language. */
export function addTally({ languages }: Counts, language: string, { files, lines, words }: Readonly<Tally>): void {
  const sum = languages.get(language) ?? { files: 0, lines: 0, words: 0 };
  languages.set(language, { files: sum.files + files, lines: sum.lines + lines, words: sum.words + words });
}

/** Adds the counts of more files. */
export function addCounts(to: Counts, more: Counts): void {
  for (const [language, tally] of more.languages) addTally(to, language, tally);
  to.unreadable.push(...more.unreadable);
  to.binary += more.binary;
}

/** Why something could not be read, in a few words. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or folder";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied by the system";
  if (error instanceof Deno.errors.NotCapable) return "not allowed by Deno's permissions";
  return error instanceof Error ? error.message : String(error);
}
