/**
 * Refusals of arguments that are none, with the same words everywhere.
 *
 * @module
 */

/**
 * Refuses options that are no object, as a number where one of them was meant.
 *
 * @param what What was to be done.
 * @param example Options that would do.
 * @throws {TypeError} If it is no object.
 */
export function checkOptions(what: string, options: unknown, example: string): void {
  if (typeof options === "object" && options !== null) return;
  throw new TypeError(`Cannot ${what}: options must be an object such as ${example}, received ${inspected(options)}`);
}

/**
 * Refuses options that do not exist, as Python's names of those that do.
 *
 * @param what What was to be done.
 * @param names The options that there are.
 * @throws {TypeError} If there is none of a name.
 */
export function checkNames(what: string, options: object, names: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || names.includes(name)) continue;
    const meant = names.find((each) => each.toLowerCase() === name.toLowerCase().replaceAll("_", ""));
    throw new TypeError(
      `Cannot ${what}: it has no option ${JSON.stringify(name)}; use ${meant ?? `one of ${names.join(", ")}`}`,
    );
  }
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
