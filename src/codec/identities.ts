/**
 * Which objects of a message were met, and in which order.
 *
 * @module
 */

// So few are found sooner by looking at each than by hashing.
const LISTED = 8;

/** Objects by the order in which they were met. */
export class Identities {
  readonly #objects: object[] = [];
  #index: Map<object, number> | undefined;

  /** How many were met; setting it back forgets the later ones. */
  get length(): number {
    return this.#objects.length;
  }

  set length(length: number) {
    for (const object of this.#objects.splice(length)) this.#index?.delete(object);
  }

  /** The number of an object, -1 for one that was not met. */
  get(object: object): number {
    if (this.#index !== undefined) return this.#index.get(object) ?? -1;
    const objects = this.#objects;
    for (let id = 0; id < objects.length; id++) if (objects[id] === object) return id;
    return -1;
  }

  /** Numbers an object. */
  add(object: object): void {
    const id = this.#objects.push(object) - 1;
    if (this.#index !== undefined) this.#index.set(object, id);
    else if (id === LISTED) this.#index = new Map(this.#objects.map((each, number) => [each, number]));
  }

  /** Forgets all. */
  clear(): void {
    this.#objects.length = 0;
    this.#index = undefined;
  }
}
