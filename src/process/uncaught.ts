/**
 * Errors that nobody has caught. Of those in a worker Deno tells only the event loop of the creator, which may be blocked, and prints
 * them on the program's standard error, not the worker's; so they are dealt with here.
 *
 * @module
 */

import { report } from "./bootstrap.ts";

/**
 * Prints the uncaught errors of this process as those of its task, once no listener of the user's has prevented it, and ends it.
 *
 * @param stop Ends it; nothing of the user's is to run after that.
 */
export function tellUncaught(stop: (exitCode: number) => void): void {
  let asked: Event | undefined;
  const fail = (event: Event, copy: Event, error: unknown) => {
    if (event === asked) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    // One of a listener that fails ends the worker without asking once more.
    if (asked === undefined) {
      asked = copy;
      const isPrevented = !globalThis.dispatchEvent(copy);
      asked = undefined;
      if (isPrevented) return;
    }
    try {
      report(error);
    } finally {
      stop(1);
    }
  };
  globalThis.addEventListener("error", (event) => {
    const { message, filename, lineno, colno, error } = event;
    fail(event, new ErrorEvent("error", { cancelable: true, message, filename, lineno, colno, error }), error);
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    const { promise, reason } = event;
    fail(event, new PromiseRejectionEvent("unhandledrejection", { cancelable: true, promise, reason }), reason);
  });
}
