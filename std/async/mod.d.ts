/** What ends an operation of this package early. */
export interface AbortOptions {
  signal?: AbortSignal;
}

export interface DelayOptions extends AbortOptions {
  persistent?: boolean;
}

export type DeadlineOptions = AbortOptions;

export interface DebounceOptions extends AbortOptions {
  leading?: boolean;
}

export interface DebouncedFunction<T extends unknown[]> {
  (...args: T): void;
  clear(): void;
  flush(): void;
  readonly pending: boolean;
}

export interface PollOptions extends AbortOptions {
  interval?: number;
}

export interface RetryOptions extends AbortOptions {
  multiplier?: number;
  maxTimeout?: number;
  maxAttempts?: number;
  minTimeout?: number;
  jitter?: number;
  isRetriable?: (error: unknown) => boolean;
}

export class RetryError extends Error {
  constructor(cause: unknown, attempts: number);
}

export class MuxAsyncIterator<T> implements AsyncIterable<T> {
  constructor(...iterables: AsyncIterable<T>[]);
  add(iterable: AsyncIterable<T>): void;
  iterate(): AsyncIterableIterator<T>;
  [Symbol.asyncIterator](): AsyncIterator<T>;
}

type Tuple<T, N extends number, A extends unknown[] = []> = A["length"] extends N ? A : Tuple<T, N, [...A, T]>;

export function abortable<T>(p: Promise<T>, signal: AbortSignal): Promise<T>;
export function abortable<T>(p: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T>;
export function deadline<T>(p: Promise<T>, ms: number, options?: DeadlineOptions): Promise<T>;
export function debounce<T extends unknown[]>(
  fn: (this: DebouncedFunction<T>, ...args: T) => void,
  wait: number,
  options?: DebounceOptions,
): DebouncedFunction<T>;
export function delay(ms: number, options?: DelayOptions): Promise<void>;
export function poll<T>(
  fn: () => T | PromiseLike<T>,
  isDone: (result: T) => boolean | PromiseLike<boolean>,
  options?: PollOptions,
): Promise<T>;
export function pooledMap<T, R>(
  poolLimit: number,
  array: Iterable<T> | AsyncIterable<T>,
  iteratorFn: (data: T) => Promise<R>,
): AsyncIterableIterator<R>;
export function retry<T>(fn: () => T | PromiseLike<T>, options?: RetryOptions): Promise<T>;
export function tee<T, N extends number = 2>(iterable: AsyncIterable<T>, n?: N): Tuple<AsyncIterable<T>, N>;
