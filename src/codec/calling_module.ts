/**
 * Which module of the user's called into this library: the stack tells.
 *
 * @module
 */

import { LIBRARY, LIBRARY_FOLDER } from "../base/own_modules.ts";

/** Frames that are looked through; entry points of the library are never that deep below the user's code. */
const MAX_FRAMES = 12;

/** What V8 hands to `Error.prepareStackTrace`. */
interface CallSite {
  getScriptNameOrSourceURL(): string | null;
  isEval(): boolean;
}

/** V8's additions to `Error`, of which not every version of Deno's types knows. */
interface StackApi {
  stackTraceLimit: number | undefined;
  prepareStackTrace?: unknown;
  captureStackTrace(target: object, above?: unknown): void;
}

/** URL of the innermost module on the stack that is not the library's own, if it is one that can be imported. */
export function callingModule(): string | undefined {
  for (const site of callSites()) {
    const script = site.getScriptNameOrSourceURL();
    if (script === null || script.startsWith(LIBRARY_FOLDER) || script === LIBRARY) continue;
    if (/^(?:file|https?):/.test(script) && !site.isEval()) return script;
  }
  return undefined;
}

function callSites(): readonly CallSite[] {
  const api = Error as unknown as StackApi;
  const { stackTraceLimit } = api;
  const prepare = Object.hasOwn(api, "prepareStackTrace") ? { hook: api.prepareStackTrace } : undefined;
  const holder: { stack?: unknown } = {};
  try {
    api.stackTraceLimit = MAX_FRAMES;
    api.prepareStackTrace = keepSites;
    api.captureStackTrace(holder, callingModule);
    // The stack is formatted when it is first read, so it must be read before the hook is put back.
    return Array.isArray(holder.stack) ? holder.stack : [];
  } finally {
    api.stackTraceLimit = stackTraceLimit;
    if (prepare === undefined) delete api.prepareStackTrace;
    else api.prepareStackTrace = prepare.hook;
  }
}

function keepSites(_error: unknown, sites: readonly CallSite[]): readonly CallSite[] {
  return sites;
}
