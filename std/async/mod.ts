/** `@std/async` for a checkout, where JSR may be out of reach: npm's copy of it, which comes without types and with a broken mod.js. */
// @ts-types="./mod.d.ts"
export { abortable } from "npm:deno-std@1.4.0/async/abortable.js";
// @ts-types="./mod.d.ts"
export { deadline } from "npm:deno-std@1.4.0/async/deadline.js";
// @ts-types="./mod.d.ts"
export { debounce } from "npm:deno-std@1.4.0/async/debounce.js";
// @ts-types="./mod.d.ts"
export { delay } from "npm:deno-std@1.4.0/async/delay.js";
// @ts-types="./mod.d.ts"
export { MuxAsyncIterator } from "npm:deno-std@1.4.0/async/mux_async_iterator.js";
// @ts-types="./mod.d.ts"
export { poll } from "npm:deno-std@1.4.0/async/poll.js";
// @ts-types="./mod.d.ts"
export { pooledMap } from "npm:deno-std@1.4.0/async/pool.js";
// @ts-types="./mod.d.ts"
export { retry, RetryError } from "npm:deno-std@1.4.0/async/retry.js";
// @ts-types="./mod.d.ts"
export { tee } from "npm:deno-std@1.4.0/async/tee.js";
export type {
  AbortOptions,
  DeadlineOptions,
  DebouncedFunction,
  DebounceOptions,
  DelayOptions,
  PollOptions,
  RetryOptions,
} from "./mod.d.ts";
