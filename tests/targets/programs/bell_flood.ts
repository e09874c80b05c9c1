/** Listens to a bell that is never at rest, and ends. */
import { Bell, ring } from "../../../src/sync/bell.ts";

const bell = new Bell();
bell.onRing(() => ring(bell.words));
ring(bell.words);
console.log("end");
