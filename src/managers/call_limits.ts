/**
 * What ends a call early: its time, its signal, and the signal in the options that the method takes.
 *
 * @module
 */

import { type WaitOptions, within } from "../base/deadline.ts";
import { TimeoutError } from "../base/errors.ts";

/** Why a call was given up. */
export function noAnswer(what: string, timeout: number | undefined): TimeoutError {
  return new TimeoutError(`Cannot call ${what}: no answer within ${timeout} ms`);
}

/**
 * Has a call end when the time is up or the signal aborts, but waits for its outcome all the same: what was taken meanwhile is not lost.
 *
 * @param grace How many milliseconds it is waited for then; nobody may be there to tell.
 */
export async function untilEnded<T>(
  outcome: Promise<T>,
  limits: WaitOptions,
  late: () => unknown,
  end: (reason: unknown) => void,
  grace?: number,
): Promise<T> {
  const silent = Promise.withResolvers<never>();
  const over = () => outcome.then(() => {}, () => {});
  const giveUp = (reason: unknown) => {
    end(reason);
    within<void>({ timeout: grace }, over, () => silent.reject(reason));
  };
  within<void>(limits, over, () => giveUp(late())).catch(giveUp);
  return await Promise.race([outcome, silent.promise]);
}

/** The signal in the options at the end of a method's arguments. */
export function signalIn(args: readonly unknown[]): AbortSignal | undefined {
  const options = args.at(-1);
  if (typeof options !== "object" || options === null || !Object.hasOwn(options, "signal")) return undefined;
  const signal: unknown = Reflect.get(options, "signal");
  return signal instanceof AbortSignal ? signal : undefined;
}

/** The arguments without the signal in the options at their end. */
export function withoutSignal(args: readonly unknown[]): readonly unknown[] {
  const { signal: _, ...options }: { signal?: unknown } = { ...args.at(-1) as object };
  return [...args.slice(0, -1), options];
}

/** The arguments with a signal in the options at a place; what is there and is no options, the method itself refuses. */
export function withSignal(args: readonly unknown[], place: number, signal: AbortSignal): readonly unknown[] {
  const options = args[place];
  if (options !== undefined && (typeof options !== "object" || options === null)) return args;
  const complete = [...args];
  complete[place] = { ...options, signal };
  return complete;
}
