/**
 * What is done when the task of a child has ended, before the child waits for what is still under way.
 *
 * @module
 */

const callbacks = new Set<() => void>();

/** Has something done at the end of the task; it never ends in a main process. */
export function onTaskEnd(callback: () => void): void {
  callbacks.add(callback);
}

/** The task has ended. */
export function endTask(): void {
  for (const callback of callbacks) callback();
}
