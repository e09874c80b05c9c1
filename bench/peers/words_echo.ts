/** The other thread of `words.ts`. */
/// <reference lib="deno.worker" />
import { call, turn } from "./turns.ts";

async function echo(words: Int32Array): Promise<void> {
  for (let seen = 0;;) {
    seen = await turn(words, 1, seen);
    call(words, 0);
  }
}

self.onmessage = ({ data }: MessageEvent<Int32Array>) => void echo(data);
