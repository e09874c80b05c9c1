/** A condition: the second stage of a work begins, in two processes, when the first one is done. */
import { Condition, currentProcess, Process, type RawValue, Value } from "@multiprocessing/deno";

export async function stage1(condition: Condition, done: RawValue<boolean>): Promise<void> {
  const { name } = currentProcess();
  console.log("Starting", name);
  await using _guard = await condition.guard();
  console.log(`${name} done and ready for stage 2`);
  done.value = true;
  await condition.notifyAll();
}

export async function stage2(condition: Condition, done: RawValue<boolean>): Promise<void> {
  const { name } = currentProcess();
  console.log("Starting", name);
  await using _guard = await condition.guard();
  await condition.waitFor(() => done.value);
  console.log(`${name} running`);
}

if (import.meta.main) {
  const condition = new Condition();
  const done = new Value("?", false, { lock: false });
  const first = new Process({ name: "s1", target: stage1, args: [condition, done] });
  const second = [1, 2].map((i) => new Process({ name: `stage_2[${i}]`, target: stage2, args: [condition, done] }));

  for (const process of second) await process.start();
  await first.start();
  for (const process of [first, ...second]) await process.join();
}

/* Output, interleaved:
Starting s1
s1 done and ready for stage 2
stage_2[*] running
stage_2[*] running

Starting stage_2[1]

Starting stage_2[2]
*/
