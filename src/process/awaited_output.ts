/**
 * The output of a child as its parent's user reads it: whoever waits for it keeps the program alive, as whoever waits for a message.
 *
 * @module
 */

import { node } from "../channel/node.ts";

type Output = ReadableStream<Uint8Array<ArrayBuffer>>;

const awaited = new WeakMap<Output, Output>();
const plain = new WeakMap<ReadableStream<Uint8Array>, Output>();

/** The output, whose readers keep the program alive. */
export function awaitedOutput(output: Output): Output {
  let made = awaited.get(output);
  if (made === undefined) {
    made = wrapped(output);
    awaited.set(output, made);
    plain.set(made, output);
  }
  return made;
}

/** The same output for a reader that keeps nothing alive; only if nobody has read yet. */
export function plainOutput(output: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  return plain.get(output) ?? output;
}

/** Nobody will read it any more, unless somebody does already. */
export function discardOutputs(
  child: { readonly stdout: Output | undefined; readonly stderr: Output | undefined } | undefined,
): void {
  for (const output of [child?.stdout, child?.stderr]) {
    if (output === undefined || output.locked || awaited.get(output)?.locked) continue;
    output.cancel().catch(() => {
      // It has ended.
    });
  }
}

function wrapped(output: Output): Output {
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      reader ??= output.getReader();
      node.beginWait();
      try {
        let { value } = await reader.read();
        // A worker may write nothing, which a stream of bytes cannot be given.
        while (value?.length === 0) ({ value } = await reader.read());
        if (value !== undefined) return controller.enqueue(value);
        controller.close();
        // A reader that brought its own buffer waits for that.
        controller.byobRequest?.respond(0);
      } finally {
        node.endWait();
      }
    },
    cancel: (reason) => reader === undefined ? output.cancel(reason) : reader.cancel(reason),
  });
}
