/** Targets of the tests of memory that threads share by name. */
import { type Connection, getContext, type Queue, type ShareableList, type SharedMemory } from "../../mod.ts";

/** Writes to a block and a list, makes a block of its own, tells its name and ends when told to. */
export async function useSharedMemory(
  block: SharedMemory,
  queue: Queue<ShareableList>,
  connection: Connection<string, string>,
): Promise<void> {
  block.buf.set([1, 2, 3]);
  const list = await queue.get();
  list.set(0, "b");
  list.set(1, 2);
  const own = new (getContext("worker").SharedMemory)({ create: true, size: 1 });
  own.buf[0] = 9;
  own.close();
  await connection.send(own.name);
  await connection.recv();
}
