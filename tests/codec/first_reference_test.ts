/** In a file of its own, as what is known of the main module changes with the first who asks. */
import { assertRejects } from "@std/assert";
import { getContext } from "../../mod.ts";

function hidden(): void {}

Deno.test("A function that is not exported is refused by the very first call, and by each after it", async () => {
  const queue = new (getContext("worker").Queue)<unknown>();
  for (let round = 0; round < 3; round++) {
    await assertRejects(
      () => queue.put([hidden]),
      TypeError,
      'Cannot send $[0] to a queue: Cannot send function "hidden"',
    );
  }
  queue.close();
});
