/** Reads what a process writes. */

/** All that comes through the stream. */
export function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

/** The lines of a text, without the empty one at its end. */
export function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
