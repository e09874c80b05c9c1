/**
 * Where this library's own modules lie. In a checkout each is the source of its name; as published they are a few bundled files
 * of JavaScript in the same places, since a child would spend more time on loading two hundred modules than on all else.
 *
 * @module
 */

const SUFFIX = import.meta.url.slice(import.meta.url.lastIndexOf("."));

function urlOf(path: string): string {
  return new URL(path + SUFFIX, import.meta.url).href;
}

/** All modules but {@linkcode LIBRARY} lie below. */
export const LIBRARY_FOLDER: string = new URL("../", import.meta.url).href;

/** What users import. */
export const LIBRARY: string = urlOf("../../mod");

/** Where a child process begins. */
export const PROCESS_MAIN: string = urlOf("../entry/process_main");

/** Where a worker begins. */
export const WORKER_MAIN: string = urlOf("../entry/worker_main");
