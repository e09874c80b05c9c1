import { assertEquals } from "@std/assert";
import { Arena } from "../../src/sync/arena.ts";
import { FIRST_BYTES, Kind } from "../../src/sync/layout.ts";
import type { Agent } from "../../src/sync/primitive.ts";
import { agentOf } from "../../src/sync/program_memory.ts";
import { SegmentWords } from "../../src/sync/segment_words.ts";
import { ThreadWords } from "../../src/sync/thread_words.ts";
import { caretakerFor } from "../../src/sync/undertaker.ts";
import { Waits } from "../../src/sync/waits.ts";

function threadAgent(memory: WebAssembly.Memory): Agent {
  const arena = new Arena(new ThreadWords(memory), [], caretakerFor(() => agent));
  const agent: Agent = agentOf(arena, arena.self, new Waits(arena));
  return agent;
}

Deno.test("SegmentWords.find() finds what lies further than this thread has looked", () => {
  const { reference } = new ThreadWords();
  const [near, far] = [threadAgent(reference), threadAgent(reference)];
  const name = new TextEncoder().encode("large");
  const { holder } = far;
  const handle = holder.make(Kind.SEGMENT);
  const words = new SegmentWords(far, holder.blockOf(handle));
  assertEquals(words.publish(name, FIRST_BYTES), true);
  assertEquals(new SegmentWords(near, 0).find(name)?.block, words.block);
  assertEquals(words.unlink(), true);
  holder.drop(handle);
});
