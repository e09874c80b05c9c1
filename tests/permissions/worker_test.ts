/** Passes under exactly `--allow-read=<checkout>`, as the task `test:narrow` gives it. */
import { testNarrow } from "../helpers/narrow.ts";

testNarrow("worker");
