/**
 * What keeps a program alive while something in it waits for another process. The links to the neighbours do, so whoever has them
 * says how; a program without any has nobody to wait for.
 *
 * @module
 */

/** Begins and ends the reasons to stay alive; they are counted. */
export interface KeepProgram {
  begin(): void;
  end(): void;
}

/** How the running program is kept alive. */
export const keepProgram: KeepProgram = { begin() {}, end() {} };
