/** Hears something new without end, and ends. */
import { Bell } from "../../../src/sync/bell.ts";

const bell = new Bell();
bell.onRing(() => bell.heard());
bell.heard();
console.log("end");
