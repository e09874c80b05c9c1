import { share } from "@multiprocessing/deno";
import { addTally, type Counts, noCounts, whyUnreadable } from "./counts.ts";
import { languageOf } from "./languages.ts";
import { WordCounter } from "./word_counter.ts";

/** A file with a zero byte in its first piece of this size is not text. */
const HEAD_BYTES = 8192;

/** One buffer for all files, as they are read one after the other. */
const buffer = new Uint8Array(128 * 1024);

/** Counts the lines and words of files. */
export function countFiles(paths: readonly string[]): Counts {
  const counts = noCounts();
  for (const path of paths) {
    try {
      const counter = countFile(path);
      if (counter === undefined) counts.binary++;
      else addTally(counts, languageOf(path), { files: 1, lines: counter.lines, words: counter.words });
    } catch (error) {
      counts.unreadable.push({ path, why: whyUnreadable(error) });
    }
  }
  return counts;
}

// Whoever calls it from another module can then send it, without permission to look for it.
share(import.meta, { countFiles });

/** The lines and words of a file; `undefined` if it is not text. */
function countFile(path: string): WordCounter | undefined {
  // A process with nothing else to do may as well wait for the disk.
  using file = Deno.openSync(path);
  const counter = new WordCounter();
  let read = fillHead(file);
  if (buffer.subarray(0, Math.min(read, HEAD_BYTES)).includes(0)) return undefined;
  while (read > 0) {
    counter.add(buffer.subarray(0, read));
    read = file.readSync(buffer) ?? 0;
  }
  return counter;
}

/** Reads until the head is full or the file is at its end, as one read may bring less. */
function fillHead(file: Deno.FsFile): number {
  let filled = 0;
  while (filled < HEAD_BYTES) {
    const read = file.readSync(buffer.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return filled;
}
