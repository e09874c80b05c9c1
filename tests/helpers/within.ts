/** Guards against hangs: a test that waits for ever fails instead. */

/** The outcome of `promise`, if it comes in `ms` milliseconds; else an error. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Cannot wait any longer: nothing happened in ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves once `condition` holds, for what nobody announces; an error after `ms` milliseconds. */
export async function until(ms: number, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + ms;
  while (!await condition()) {
    if (performance.now() > end) throw new Error(`Cannot wait any longer: ${condition} did not hold in ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
