/**
 * The text of what is written with arguments, as the console makes it.
 *
 * @module
 */

/** Strings as they are, the rest as Deno shows it, `%` directives of the first argument filled in. */
export function format(args: readonly unknown[]): string {
  const [first, ...rest] = args;
  if (typeof first !== "string") return args.map(show).join(" ");
  const filled = first.replace(/%([sdifjoO%])/g, (directive, kind: string) => {
    if (kind === "%") return "%";
    return rest.length === 0 ? directive : fill(kind, rest.shift());
  });
  return [filled, ...rest.map(show)].join(" ");
}

function fill(kind: string, value: unknown): string {
  if (kind === "d" || kind === "f") return String(numberOf(value));
  if (kind === "i") return String(Math.trunc(numberOf(value)));
  return kind === "j" ? json(value) : show(value);
}

function numberOf(value: unknown): number {
  try {
    return Number(value);
  } catch {
    // A symbol, or an object without a value: no number, as the console has it.
    return NaN;
  }
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "undefined";
  } catch {
    // A bigint, or what contains itself: whoever logs is not to fail for it.
    return Deno.inspect(value);
  }
}

function show(value: unknown): string {
  return typeof value === "string" ? value : Deno.inspect(value);
}
