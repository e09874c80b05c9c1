/**
 * In a child: standard input, which is not the child's.
 *
 * @module
 */

/** Has the program find standard input empty, as Python's children do: it is the parent's line, or the main process's own. */
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
