/**
 * Timers of pools. They go off also while the thread is blocked for a pool: whoever blocks it looks when the next one is due.
 *
 * @module
 */

import { suspend } from "../base/deadline.ts";

interface Alarm {
  /** By the clock of `performance.now()`. */
  readonly due: number;
  readonly goOff: () => void;
}

const alarms = new Set<Alarm>();

/** Acts after so many milliseconds; what it returns calls it off. */
export function after(ms: number, act: () => void): () => void {
  let callOff = () => {};
  const goOff = () => {
    callOff();
    act();
  };
  const alarm = { due: performance.now() + ms, goOff };
  suspend<void>({ timeout: ms }, (resolve) => {
    callOff = resolve;
    alarms.add(alarm);
    return () => alarms.delete(alarm);
  }, act);
  return callOff;
}

/** When the next one goes off. */
export function nextAlarm(): number {
  return Math.min(...Array.from(alarms, ({ due }) => due));
}

/** Has those go off that are due. */
export function ringAlarms(): void {
  const now = performance.now();
  // One may call off another.
  for (const alarm of [...alarms]) if (alarm.due <= now && alarms.has(alarm)) alarm.goOff();
}
