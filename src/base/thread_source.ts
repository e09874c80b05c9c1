/**
 * A thread of our own from a function of ours: its text is the module, so nothing is read and nothing imported.
 *
 * @module
 */

/** What such a function finds in its thread. */
export interface ThreadScope<Received, Sent> {
  onmessage: ((event: MessageEvent<Received>) => void) | null;
  postMessage(message: Sent): void;
}

/**
 * Starts a thread.
 *
 * @param main Its text is run there, so it may refer to nothing outside of itself but globals.
 * @param name For people.
 */
export function startThread<Received, Sent>(main: (scope: ThreadScope<Received, Sent>) => void, name: string): Worker {
  const source = `(${main})(globalThis);`;
  return new Worker(`data:application/javascript,${encodeURIComponent(source)}`, { type: "module", name });
}
