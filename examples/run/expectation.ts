/**
 * What an example says of itself at its end, and whether it came true.
 *
 * - `Output:` and `Errors:` are comments with the lines of standard output and standard error; nothing is expected where there is none.
 * - `Output, interleaved:` has groups of lines with an empty line between them; only within a group the order counts.
 * - In a line, `*` stands for anything. The line `...` stands for any lines, and what ends in `(perhaps)` may be missing.
 * - `Exit code:` is 0 where it does not say. `Start method:` lists those that the example is meant for.
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
}

/** Lines that come in this order, though others may come between them. */
type Group = readonly Line[];

interface Line {
  readonly text: string;
  readonly pattern: RegExp;
  /** Stands for any lines, none among them. */
  readonly isRest: boolean;
  readonly isOptional: boolean;
}

/** Reads what an example says; `undefined` if it says nothing, and is no example. */
export function readExpectation(source: string): Expectation | undefined {
  const comments = new Map<string, string>();
  for (
    const [, title = "", body = ""] of source.matchAll(/^\/\* (Output|Output, interleaved|Errors):\n(.*?)\*\/$/gms)
  ) {
    comments.set(title, body);
  }
  if (comments.size === 0) return undefined;
  const interleaved = comments.get("Output, interleaved")?.split(/^\n/m);
  return {
    stdout: (interleaved ?? [comments.get("Output") ?? ""]).map(readGroup),
    stderr: [readGroup(comments.get("Errors") ?? "")],
    exitCode: Number(/^\/\/ Exit code: (\d+)$/m.exec(source)?.[1] ?? 0),
    startMethods: /^\/\/ Start method: (.+)$/m.exec(source)?.[1]?.split(", "),
  };
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
    if (expected?.isRest) return findLine(group, index + 1, line) ?? index;
    if (expected?.pattern.test(line)) return index + 1;
    if (!expected?.isOptional) return undefined;
  }
  return undefined;
}

function readGroup(body: string): Group {
  return splitLines(body).map((written) => {
    const text = written.replace(/ \(perhaps\)$/, "");
    const isRest = text === "...";
    const pattern = new RegExp(`^${text.split("*").map(RegExp.escape).join(".*")}$`);
    return { text, pattern, isRest, isOptional: isRest || text !== written };
  });
}

function splitLines(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
