/**
 * A writer that keeps what it is given until it is flushed. A forked child would start with its parent's cache and write it a second
 * time, so Python's has to look at its process id. Here no process has its parent's memory: every one starts with an empty cache.
 */
import { Process } from "@multiprocessing/deno";

class CachedWriter {
  #cache: string[] = [];

  write(text: string): void {
    this.#cache.push(text);
  }

  flush(): void {
    console.log(this.#cache.join(""));
    this.#cache = [];
  }
}

const writer = new CachedWriter();

export function f(): void {
  writer.write("the child's");
  writer.flush();
}

if (import.meta.main) {
  writer.write("the parent's");
  const process = new Process({ target: f });
  await process.start();
  await process.join();
  writer.flush();
}

/* Output:
the child's
the parent's
*/

// Catalogue: EX-42
