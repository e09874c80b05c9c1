/** Passes under exactly `--allow-run=<deno>`, with and without `--allow-net=127.0.0.1`, as the task `test:narrow` gives it. */
import { testNarrow, testNarrowGrandchildren } from "../helpers/narrow.ts";

testNarrow("forkserver");
testNarrowGrandchildren("forkserver");
