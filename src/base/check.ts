/**
 * Refusals of arguments that are none, with the same words everywhere.
 *
 * @module
 */

/** The names of options, all of them. */
export function namesOf<Options>(names: Readonly<Record<keyof Options, true>>): readonly string[] {
  return Object.keys(names);
}

/**
 * Refuses options that are no object, as a number where one of them was meant, or that have a name which none of them has.
 *
 * @param what What was to be done.
 * @param example Options that would do.
 * @param names The options that there are.
 * @throws {TypeError} If it is no such object.
 */
export function checkOptions(what: string, options: unknown, example: string, names: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`Cannot ${what}: options must be an object such as ${example}, received ${inspected(options)}`);
  }
  checkNames(what, options, names);
}

/**
 * Refuses options that do not exist, as Python's names of those that do.
 *
 * @param what What was to be done.
 * @param names The options that there are.
 * @throws {TypeError} If there is none of a name.
 */
export function checkNames(what: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name) || Reflect.get(options, name) === undefined) continue;
    throw noOption(what, name, names.find((each) => isMisspelt(name, each)) ?? `one of ${names.join(", ")}`);
  }
}

/**
 * Refuses the names of options that are misspelt. Others are let pass: what extends a class may have options of its own.
 *
 * @param what What was to be done.
 * @param names The options that there are.
 * @throws {TypeError} If one is misspelt.
 */
export function checkSpelling(what: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const meant = names.find((each) => isMisspelt(name, each));
    if (meant !== undefined) throw noOption(what, name, meant);
  }
}

function noOption(what: string, name: string, instead: string): TypeError {
  return new TypeError(`Cannot ${what}: it has no option ${JSON.stringify(name)}; use ${instead}`);
}

/**
 * Whether a name is another one in other letters, as Python's; or, if that is not short, with one letter less, wrong or too early. One
 * more is often meant: `targets`.
 */
function isMisspelt(name: string, meant: string): boolean {
  const [given, right] = [name.toLowerCase().replaceAll("_", ""), meant.toLowerCase()];
  if (given === right) return true;
  if (right.length < 5) return false;
  let start = 0;
  while (start < given.length && given[start] === right[start]) start++;
  const [rest, rightRest] = [given.slice(start), right.slice(start)];
  const swapped = `${rest[1] ?? ""}${rest[0] ?? ""}${rest.slice(2)}`;
  if (swapped === rightRest) return true;
  return given.length <= right.length && [rest, rest.slice(1)].includes(rightRest.slice(1));
}

/**
 * Refuses what is of another type than needed.
 *
 * @param what What was to be done, and what the value is: `wait: timeout`.
 * @throws {TypeError} If it is of another type.
 */
export function checkType(what: string, needed: "boolean" | "number" | "string", value: unknown): void {
  const type: string = typeof value;
  if (type === needed) return;
  throw new TypeError(`Cannot ${what} must be a ${needed}, received ${inspected(value)}`);
}

/**
 * Refuses what is no count.
 *
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is no whole number of at least `least`.
 */
export function checkCount(what: string, value: number, least: number = 0): void {
  checkType(what, "number", value);
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`Cannot ${what} must be a whole number of at least ${least}, received ${value}`);
}

/**
 * Refuses what is no context, as its name.
 *
 * @param member What a context has that is needed.
 * @throws {TypeError} If it is none.
 */
export function checkContext(what: string, context: unknown, member: string): void {
  if (typeof context === "object" && context !== null && member in context) return;
  const name = typeof context === "string" ? context : "worker";
  throw new TypeError(
    `Cannot ${what}: context must be a Context, received ${inspected(context)}; pass getContext("${name}")`,
  );
}

function inspected(value: unknown): string {
  return Deno.inspect(value, { depth: 0 });
}
