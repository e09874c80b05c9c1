/**
 * Which objects of a message were met, and in which order.
 *
 * @module
 */

// So few are found sooner by looking at each than by hashing.
const LISTED = 8;

/** Objects by the order in which they were met. */
export class Identities {
  /** Whether any was met again. */
  repeated = false;
  /** The first of them; the slots stay, as giving up and making arrays costs more than a small message. */
  readonly #first: (object | undefined)[] = new Array(LISTED).fill(undefined);
  /** All of them, once they are more than `LISTED`: most messages repeat none, and a set is sooner filled than a map. */
  #all: Set<object> | undefined;
  /** Instead of the set, once one was repeated. */
  #numbers: Map<object, number> | undefined;
  #length = 0;
  /** Those met since `watch` was called, and how often that was. */
  readonly #watched: object[] = [];
  #watching = 0;

  /** The number of an object that was met before, or -1: then it has the next number from now on. */
  meet(object: object): number {
    if (this.#length > LISTED) return this.#meetAmongMany(object);
    const first = this.#first;
    for (let id = 0; id < this.#length; id++) if (first[id] === object) return this.#again(id);
    if (this.#length < LISTED) first[this.#length] = object;
    else this.#all = new Set(first as object[]).add(object);
    return this.#added(object);
  }

  /** Begins to keep what is needed to forget; gives the number of the next object. */
  watch(): number {
    this.#watching++;
    return this.#length;
  }

  /** Ends what `watch` began. */
  unwatch(): void {
    if (--this.#watching === 0 && this.#watched.length > 0) this.#watched.length = 0;
  }

  /** Forgets those from a number on that `watch` gave. */
  truncate(length: number): void {
    for (; this.#length > length; this.#length--) {
      const object = this.#watched.pop() as object;
      this.#all?.delete(object);
      this.#numbers?.delete(object);
      if (this.#length <= LISTED) this.#first[this.#length - 1] = undefined;
    }
    if (length <= LISTED) this.#all = this.#numbers = undefined;
  }

  /** Forgets all. */
  clear(): void {
    if (this.#length > LISTED) this.#all = this.#numbers = undefined;
    for (let id = 0; id < this.#length && id < LISTED; id++) this.#first[id] = undefined;
    if (this.#watched.length > 0) this.#watched.length = 0;
    this.#length = this.#watching = 0;
    this.repeated = false;
  }

  #again(id: number): number {
    this.repeated = true;
    return id;
  }

  #added(object: object): number {
    this.#length++;
    if (this.#watching > 0) this.#watched.push(object);
    return -1;
  }

  #meetAmongMany(object: object): number {
    const all = this.#all;
    // One look into the set instead of two.
    if (all !== undefined && all.add(object).size > this.#length) return this.#added(object);
    if (this.#numbers === undefined) {
      this.#numbers = new Map();
      for (const each of all ?? []) this.#numbers.set(each, this.#numbers.size);
      this.#all = undefined;
    }
    const known = this.#numbers.get(object);
    if (known !== undefined) return this.#again(known);
    this.#numbers.set(object, this.#length);
    return this.#added(object);
  }
}
