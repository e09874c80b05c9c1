/**
 * Which objects of a message were met, and in which order.
 *
 * @module
 */

// So few are found sooner by looking at each than by hashing.
const LISTED = 8;

/** Objects by the order in which they were met. */
export class Identities {
  /** The first of them; the slots stay, as giving up and making arrays costs more than a small message. */
  readonly #first: (object | undefined)[] = new Array(LISTED).fill(undefined);
  #further: object[] = [];
  #index: Map<object, number> | undefined;
  #length = 0;

  /** How many were met. */
  get length(): number {
    return this.#length;
  }

  /** The number of an object, -1 for one that was not met. */
  get(object: object): number {
    if (this.#index !== undefined) return this.#index.get(object) ?? -1;
    const first = this.#first;
    for (let id = 0; id < this.#length; id++) if (first[id] === object) return id;
    return -1;
  }

  /** Numbers an object. */
  add(object: object): void {
    const id = this.#length++;
    if (id < LISTED) this.#first[id] = object;
    else this.#addFurther(object, id);
  }

  /** Forgets those with higher numbers. */
  truncate(length: number): void {
    for (let id = length; id < LISTED && id < this.#length; id++) {
      this.#index?.delete(this.#first[id] as object);
      this.#first[id] = undefined;
    }
    if (this.#length > LISTED) {
      for (const object of this.#further.splice(Math.max(length - LISTED, 0))) this.#index?.delete(object);
    }
    this.#length = length;
    if (length <= LISTED) this.#index = undefined;
  }

  /** Forgets all. */
  clear(): void {
    if (this.#length > LISTED) {
      this.#further = [];
      this.#index = undefined;
    }
    for (let id = 0; id < this.#length && id < LISTED; id++) this.#first[id] = undefined;
    this.#length = 0;
  }

  #addFurther(object: object, id: number): void {
    this.#index ??= new Map(this.#first.map((each, number) => [each as object, number]));
    this.#index.set(object, id);
    this.#further.push(object);
  }
}
