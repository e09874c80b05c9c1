/** Listens to a bell that nobody rings, and ends. */
import { Bell } from "../../../src/sync/bell.ts";

const bell = new Bell();
bell.onRing(() => console.log("rung"));
console.log("end");
