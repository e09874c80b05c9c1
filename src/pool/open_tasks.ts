/**
 * The tasks that have not come to an end. They are linked with each other, as a set of them would cost more than all else that is
 * done for a small task.
 *
 * @module
 */

/** What can be in the list; in one list at most. */
export interface Linked<T> {
  /** Its neighbours; itself where it has none, nothing where it is in no list. */
  previous: T | undefined;
  next: T | undefined;
}

/** A ring of tasks. */
export class OpenTasks<T extends Linked<T>> {
  #last: T | undefined;
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds one that is in no list. */
  add(task: T): void {
    const last = this.#last ?? task;
    task.previous = last;
    task.next = last.next ?? task;
    task.next.previous = task;
    last.next = task;
    this.#last = task;
    this.#size++;
  }

  /** Takes one out; whether it was there. */
  delete(task: T): boolean {
    const { previous, next } = task;
    if (previous === undefined || next === undefined) return false;
    previous.next = next;
    next.previous = previous;
    if (this.#last === task) this.#last = previous === task ? undefined : previous;
    task.previous = task.next = undefined;
    this.#size--;
    return true;
  }

  /** All of them, the oldest first. */
  list(): T[] {
    const tasks: T[] = [];
    for (let task = this.#last?.next; task !== undefined; task = task === this.#last ? undefined : task.next) {
      tasks.push(task);
    }
    return tasks;
  }
}
