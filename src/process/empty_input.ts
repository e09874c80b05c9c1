/**
 * In a child: standard input, which is not the child's.
 *
 * @module
 */

/**
 * Has the program find standard input empty, as Python's children do: it is the parent's line, or the main process's own. Not that of
 * `node:process`, which has its own way to the descriptor, and takes as long to load as a process to start.
 */
export function emptyStandardInput(): void {
  const empty = {
    read: () => Promise.resolve(null),
    readSync: () => null,
    close: () => {},
    setRaw: () => {},
    isTerminal: () => false,
    get readable() {
      return ReadableStream.from<Uint8Array>([]);
    },
    [Symbol.dispose]: () => {},
  };
  Object.defineProperty(Deno, "stdin", { value: empty, configurable: true, writable: true });
}
