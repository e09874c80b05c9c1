/** Tasks for several consumers, and their results; the queue of tasks knows when all of them are done. */
import { currentProcess, JoinableQueue, Process, Queue } from "@multiprocessing/deno";

interface Task {
  readonly a: number;
  readonly b: number;
}

export class Consumer extends Process {
  readonly tasks: JoinableQueue<Task>;
  readonly results: Queue<string>;

  constructor(tasks: JoinableQueue<Task>, results: Queue<string>) {
    super();
    this.tasks = tasks;
    this.results = results;
  }

  override async run(): Promise<void> {
    for await (const { a, b } of this.tasks) {
      await this.results.put(`${a} * ${b} = ${a * b}`);
      await this.tasks.taskDone();
    }
    console.log(`${currentProcess().name}: exiting`);
  }
}

if (import.meta.main) {
  const tasks = new JoinableQueue<Task>();
  const results = new Queue<string>();

  const consumers = Array.from({ length: 4 }, () => new Consumer(tasks, results));
  console.log(`Creating ${consumers.length} consumers`);
  for (const consumer of consumers) await consumer.start();

  for (let i = 0; i < 10; i++) await tasks.put({ a: i, b: i });
  await tasks.join();
  await tasks.shutdown(); // Ends the consumers' loops.

  for (let i = 0; i < 10; i++) console.log("Result:", await results.get());
}

/* Output, interleaved:
Creating 4 consumers

Consumer-1: exiting

Consumer-2: exiting

Consumer-3: exiting

Consumer-4: exiting

Result: 0 * 0 = 0

Result: 1 * 1 = 1

Result: 2 * 2 = 4

Result: 3 * 3 = 9

Result: 4 * 4 = 16

Result: 5 * 5 = 25

Result: 6 * 6 = 36

Result: 7 * 7 = 49

Result: 8 * 8 = 64

Result: 9 * 9 = 81
*/
