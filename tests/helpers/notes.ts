/** What workers write down, for tests that count what was done. */

/** A file that processes append lines to. */
export class Notes implements Disposable {
  readonly path: string = Deno.makeTempFileSync({ prefix: "mp-notes-" });

  /** What was written, line by line. */
  get lines(): string[] {
    return Deno.readTextFileSync(this.path).split("\n").slice(0, -1);
  }

  /** The lines, those that are numbers as numbers, in ascending order. */
  get numbers(): number[] {
    return this.lines.map(Number).sort((a, b) => a - b);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path);
  }
}

/** The numbers from 0 up to `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
