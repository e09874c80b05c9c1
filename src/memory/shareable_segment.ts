/**
 * Segments: memory that any process finds by a name. Where they come from depends on the start method.
 *
 * @module
 */

/** A segment as one process sees it. */
export interface Segment {
  /** Name by which it is found, without what the system puts before it. */
  readonly name: string;
  /** Bytes that belong to it; the buffer may be larger. */
  readonly size: number;
  readonly buffer: SharedArrayBuffer;
  /** Where in the buffer it begins. */
  readonly byteOffset: number;
  /** Whether its name is removed when this process ends, in whatever way. */
  tracked: boolean;
  /** Gives this process's share of the memory back, at once. What still shows it finds zeros. May be repeated. */
  close(): void;
}

/** Where segments are made and found. */
export interface SegmentStore {
  /**
   * Makes a segment of zeros.
   *
   * @param name Its name; `undefined` for one that nobody has.
   * @throws {Deno.errors.AlreadyExists} If there is one of that name.
   * @throws {NotSupportedError} If the permissions do not allow it.
   */
  create(name: string | undefined, size: number, tracked: boolean): Segment;
  /**
   * Finds a segment.
   *
   * @throws {Deno.errors.NotFound} If there is none of that name.
   * @throws {NotSupportedError} If the permissions do not allow it.
   */
  open(name: string, tracked: boolean): Segment;
  /**
   * Removes a name; the memory goes when the last has closed it.
   *
   * @throws {Deno.errors.NotFound} If there is none of that name.
   */
  unlink(name: string): void;
}

let chosen: ((startMethod: string | undefined) => SegmentStore | undefined) | undefined;

/** Says where the segments of each start method are, if not at the usual place; `undefined` stands for the default one. */
export function setSegmentStore(choose: (startMethod: string | undefined) => SegmentStore | undefined): void {
  chosen = choose;
}

/** Where a class finds its segments: where it was said to, or else at `usual`. */
export function segmentStore(startMethod: string | undefined, usual: SegmentStore): SegmentStore {
  return chosen?.(startMethod) ?? usual;
}

// As Python's own, so that what lies in /dev/shm tells where it is from.
const PREFIX = "psm_";
const RANDOM_BYTES = 4;

/** Makes a segment of a name, or of one that nobody has. */
export function withName<T>(name: string | undefined, make: (name: string) => T): T {
  if (name !== undefined) return make(name);
  while (true) {
    try {
      return make(PREFIX + crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)).toHex());
    } catch (error) {
      // Somebody has this name: another is tried.
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}
