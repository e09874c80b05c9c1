/**
 * What an example says of itself at its end, and whether it came true.
 *
 * - `Output:` and `Errors:` are comments with the lines of standard output and standard error; nothing is expected where there is none.
 * - `Output, interleaved:` has groups of lines with an empty line between them; only within a group the order counts. So has
 *   `Errors, interleaved:`.
 * - In a line, `*` stands for anything. The line `...` stands for any lines, what ends in `(perhaps)` may be missing, and what ends in
 *   `(repeatedly)` comes once or more.
 * - `Exit code:` is 0 where it does not say. `Start method:` lists those that the example is meant for.
 * - `Beside:` names an example that has to run meanwhile, from its first line of output on; both get a free port as their argument.
 *   `After:` names one that has to run before. `Runs until interrupted` says that it does not end by itself.
 * - `Flags:` are for `deno`. `Needs:` names a program without which it cannot run, `Catalogue:` the programs of Python's documentation that it is.
 *
 * @module
 */

/** What an example says that it does. */
export interface Expectation {
  readonly stdout: readonly Group[];
  readonly stderr: readonly Group[];
  readonly exitCode: number;
  /** Start methods that it is meant for; all of them if absent. */
  readonly startMethods: readonly string[] | undefined;
  /** Files of the examples that run meanwhile. */
  readonly beside: readonly string[];
  /** Files of the examples that run before. */
  readonly after: readonly string[];
  readonly isEndless: boolean;
  /** Flags that `deno run` needs for it. */
  readonly flags: readonly string[];
  /** Programs that it needs. */
  readonly needs: readonly string[];
  /** Ids of the programs of the catalogue that it is. */
  readonly catalogue: readonly string[];
}

/** Lines that come in this order, though others may come between them. */
type Group = readonly Line[];

interface Line {
  readonly text: string;
  readonly pattern: RegExp;
  /** Stands for any number of lines. */
  readonly isRest: boolean;
  readonly isOptional: boolean;
}

/** Reads what an example says; `undefined` if it says nothing, and is no example. */
export function readExpectation(source: string): Expectation | undefined {
  const comments = new Map<string, string>();
  for (
    const [, title = "", body = ""] of source.matchAll(/^\/\* ((?:Output|Errors)(?:, interleaved)?):\n(.*?)\*\/$/gms)
  ) {
    comments.set(title, body);
  }
  if (comments.size === 0) return undefined;
  return {
    stdout: readGroups(comments, "Output"),
    stderr: readGroups(comments, "Errors"),
    exitCode: Number(/^\/\/ Exit code: (\d+)$/m.exec(source)?.[1] ?? 0),
    startMethods: readList(source, "Start method"),
    beside: readList(source, "Beside") ?? [],
    after: readList(source, "After") ?? [],
    isEndless: /^\/\/ Runs until interrupted$/m.test(source),
    flags: readList(source, "Flags") ?? [],
    needs: readList(source, "Needs") ?? [],
    catalogue: readList(source, "Catalogue") ?? [],
  };
}

function readList(source: string, title: string): string[] | undefined {
  return new RegExp(`^// ${title}: (.+)$`, "m").exec(source)?.[1]?.split(", ");
}

/** The first difference between what was written and what was expected, in words; `undefined` if there is none. */
export function findDifference(groups: readonly Group[], written: string): string | undefined {
  const next = groups.map(() => 0);
  for (const line of splitLines(written)) {
    const isExpected = groups.some((group, index) => {
      const after = findLine(group, next[index] ?? 0, line);
      if (after !== undefined) next[index] = after;
      return after !== undefined;
    });
    if (!isExpected) return `not expected: ${line}`;
  }
  const missing = groups.flatMap((group, index) => group.slice(next[index])).find((line) => !line.isOptional);
  return missing && `missing: ${missing.text}`;
}

/** Where a group goes on after `line`; `undefined` if the line is not what comes next. */
function findLine(group: Group, next: number, line: string): number | undefined {
  for (let index = next; index < group.length; index++) {
    const expected = group[index];
    const after = expected?.isRest ? findLine(group, index + 1, line) : undefined;
    if (after !== undefined) return after;
    if (expected?.isRest && expected.pattern.test(line)) return index;
    if (expected?.pattern.test(line)) return index + 1;
    if (!expected?.isOptional) return undefined;
  }
  return undefined;
}

function readGroups(comments: ReadonlyMap<string, string>, title: string): Group[] {
  const interleaved = comments.get(`${title}, interleaved`)?.split(/^\n/m);
  return (interleaved ?? [comments.get(title) ?? ""]).map((body) => splitLines(body).flatMap(readLine));
}

function readLine(written: string): Line[] {
  const [, text = "", mark] = /^(.*?)(?: \((perhaps|repeatedly)\))?$/.exec(written) ?? [];
  const pattern = new RegExp(`^${text === "..." ? ".*" : text.split("*").map(RegExp.escape).join(".*")}$`);
  const line = { text, pattern, isRest: text === "...", isOptional: text === "..." || mark === "perhaps" };
  return mark === "repeatedly" ? [line, { ...line, isRest: true, isOptional: true }] : [line];
}

function splitLines(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
