/**
 * {@linkcode Input}: where the items of a job come from.
 *
 * @module
 */

import { isAsync, type Items } from "./pool_init.ts";

/** Items, read one by one; their source is told, once, if no more of them is wanted. */
export class Input {
  /** Whether the items come as promises. */
  readonly isAsync: boolean;
  readonly #source: Iterator<unknown> | AsyncIterator<unknown>;
  /** Whether it is at its end, or was closed. */
  #over = false;
  /** Whether the source is asked for an item. */
  #asked = false;

  constructor(items: Items<unknown>) {
    this.isAsync = isAsync(items);
    this.#source = isAsync(items) ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  }

  /** The next item, where they do not come as promises. */
  next(): IteratorResult<unknown> {
    this.#asked = true;
    try {
      const next = this.#seen(this.#source.next());
      // It was closed meanwhile.
      if (this.#over && next.done !== true) this.#tell().catch(nobodyListens);
      return next;
    } catch (error) {
      this.#over = true;
      throw error;
    } finally {
      this.#asked = false;
    }
  }

  /** The next item, where they come as promises. */
  async nextLater(): Promise<IteratorResult<unknown>> {
    this.#asked = true;
    try {
      return this.#seen(await this.#source.next());
    } catch (error) {
      this.#over = true;
      throw error;
    } finally {
      this.#asked = false;
    }
  }

  /** All items that come as promises, up to the end or until it is closed. */
  async list(): Promise<unknown[]> {
    const items: unknown[] = [];
    while (!this.#over) {
      const next = await this.nextLater();
      if (next.done !== true) items.push(next.value);
    }
    return items;
  }

  /** No more of it is wanted. */
  async close(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    // A generator cannot be told while it runs; it is afterwards.
    if (this.#asked && !this.isAsync) return;
    const told = this.#tell();
    // A source that was asked answers only when it has something, which may be never.
    if (this.#asked) told.catch(nobodyListens);
    else await told;
  }

  /** {@linkcode Input.close} for who has something else to tell, or to do. */
  closeQuietly(): void {
    this.close().catch(nobodyListens);
  }

  async #tell(): Promise<void> {
    await this.#source.return?.();
  }

  #seen(next: unknown): IteratorResult<unknown> {
    if (typeof next !== "object" || next === null) {
      throw new TypeError(`Cannot read the items: their iterator gave ${Deno.inspect(next)}, which is no object`);
    }
    const result = next as IteratorResult<unknown>;
    if (result.done === true) this.#over = true;
    return result;
  }
}

function nobodyListens(): void {}
