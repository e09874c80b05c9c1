import { assert, assertEquals, assertFalse } from "@std/assert";
import { type Linked, OpenTasks } from "../../src/pool/open_tasks.ts";
import { Random } from "../helpers/random.ts";

class Item implements Linked<Item> {
  previous: Item | undefined;
  next: Item | undefined;
  constructor(readonly name: number) {}
}

Deno.test("OpenTasks holds what was added and not deleted, the oldest first, as a Set does", () => {
  const random = new Random(1);
  const [tasks, model] = [new OpenTasks<Item>(), new Set<Item>()];
  let last = 0;
  for (let step = 0; step < 2000; step++) {
    const items = [...model];
    // Grows to a dozen, shrinks to nothing, and so on.
    if (random.below(24) > items.length + (Math.floor(step / 100) % 2) * 24) {
      const item = new Item(++last);
      tasks.add(item);
      model.add(item);
    } else if (items.length > 0) {
      const item = items[random.below(items.length)];
      assert(item !== undefined && tasks.delete(item) && model.delete(item));
      assertFalse(tasks.delete(item), "twice");
    }
    assertEquals([tasks.size, tasks.list().map(({ name }) => name)], [model.size, [...model].map(({ name }) => name)]);
  }
  assert(last > 100);
});
