/** Preloaded before an example that is to run in a certain start method: `set_start_method.ts?worker`. */
import { setStartMethod, type StartMethod } from "@multiprocessing/deno";

setStartMethod(new URL(import.meta.url).search.slice(1) as StartMethod);
