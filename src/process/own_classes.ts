/**
 * The process classes of this module, which every process has; only others are sent by reference.
 *
 * @module
 */

const ownClasses = new WeakSet<object>();

/** Says that a class is one of this module. */
export function markOwnClass(constructor: object): void {
  ownClasses.add(constructor);
}

/** Whether a class is one of this module. */
export function isOwnClass(constructor: object): boolean {
  return ownClasses.has(constructor);
}

/** `Process`, or the name of the user's class. */
export function defaultName(constructor: { readonly name: string }): string {
  return ownClasses.has(constructor) ? "Process" : constructor.name;
}
