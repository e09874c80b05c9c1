/**
 * Who cleans up in an arena, as the arena knows it.
 *
 * @module
 */

/** Cleans up after the dead, and what nobody holds any more. */
export interface Caretaker {
  /** Cleans up after the process of a slot. */
  bury(dead: number): void;
  /** Gives back what a block holds that nobody holds any more, and the block; `slot` is whose last handle it was. */
  destroy(block: number, slot: number): void;
}
