/**
 * A first-in first-out list whose both operations cost the same at any length.
 *
 * @module
 */

// Taken places are cut off once there are so many of them, and as many as the rest.
const SHORTEST_CUT = 64;

/** First in, first out; what was taken out too early may go back to the front. */
export class Fifo<T extends object> {
  #items: (T | undefined)[] = [];
  // Items from here onward are in the list.
  #head = 0;

  /** How many items are in the list. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The first item, left where it is. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  /** Appends an item. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the first item out. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    // What was taken is not kept alive from here.
    this.#items[this.#head++] = undefined;
    if (this.#head >= SHORTEST_CUT && this.#head * 2 >= this.#items.length) this.#cut();
    return item;
  }

  /** Puts items before the first, in their order. */
  unshift(items: readonly T[]): void {
    this.#items.splice(0, this.#head, ...items);
    this.#head = 0;
  }

  /** Takes an item out, wherever it is. */
  remove(item: T): boolean {
    const at = this.#items.indexOf(item, this.#head);
    if (at >= 0) this.#items.splice(at, 1);
    return at >= 0;
  }

  /** The items, the first first, left where they are. */
  values(): T[] {
    return this.#items.slice(this.#head) as T[];
  }

  /** Takes all items out. */
  drain(): T[] {
    const items: T[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item);
    return items;
  }

  #cut(): void {
    this.#items.splice(0, this.#head);
    this.#head = 0;
  }
}
