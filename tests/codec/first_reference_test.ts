/** In a file of its own, as what is known of the main module changes with the first who asks. */
import { assertRejects } from "@std/assert";
import { getContext } from "../../mod.ts";

function hidden(): void {}

Deno.test("A function that is not exported is refused once that is known, whatever the very first call was told", async () => {
  const queue = new (getContext("worker").Queue)<unknown>();
  // As in Deno 2.8, where it is not known yet.
  await queue.put([hidden]).catch(() => {});
  await import(import.meta.url);
  const refused = 'Cannot send $[0] to a queue: Cannot send function "hidden"';
  for (let round = 0; round < 3; round++) await assertRejects(() => queue.put([hidden]), TypeError, refused);
  queue.close();
});
