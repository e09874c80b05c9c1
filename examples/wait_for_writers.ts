/** Four processes write at once; `wait` tells which of their pipes can be read. */
import { type Connection, currentProcess, EOFError, Pipe, Process, wait } from "@multiprocessing/deno";

type Message = [count: number, name: string];

export async function count(to: Connection<Message>): Promise<void> {
  for (let i = 0; i < 10; i++) await to.send([i, currentProcess().name]);
  to.close();
}

if (import.meta.main) {
  const readers = new Set<Connection<never, Message>>();

  for (let i = 0; i < 4; i++) {
    const [reader, writer] = Pipe<never, Message>({ duplex: false });
    readers.add(reader);
    const process = new Process({ target: count, args: [writer] });
    await process.start();
    // The child has its own copy. Only when no copy is left, the reader sees the end.
    writer.close();
  }

  while (readers.size > 0) {
    for (const reader of await wait(readers)) {
      try {
        console.log(await reader.recv());
      } catch (error) {
        if (!(error instanceof EOFError)) throw error;
        readers.delete(reader);
      }
    }
  }
}

/* Output, interleaved:
[ 0, "Process-1" ]
[ 1, "Process-1" ]
[ 2, "Process-1" ]
[ 3, "Process-1" ]
[ 4, "Process-1" ]
[ 5, "Process-1" ]
[ 6, "Process-1" ]
[ 7, "Process-1" ]
[ 8, "Process-1" ]
[ 9, "Process-1" ]

[ 0, "Process-2" ]
[ 1, "Process-2" ]
[ 2, "Process-2" ]
[ 3, "Process-2" ]
[ 4, "Process-2" ]
[ 5, "Process-2" ]
[ 6, "Process-2" ]
[ 7, "Process-2" ]
[ 8, "Process-2" ]
[ 9, "Process-2" ]

[ 0, "Process-3" ]
[ 1, "Process-3" ]
[ 2, "Process-3" ]
[ 3, "Process-3" ]
[ 4, "Process-3" ]
[ 5, "Process-3" ]
[ 6, "Process-3" ]
[ 7, "Process-3" ]
[ 8, "Process-3" ]
[ 9, "Process-3" ]

[ 0, "Process-4" ]
[ 1, "Process-4" ]
[ 2, "Process-4" ]
[ 3, "Process-4" ]
[ 4, "Process-4" ]
[ 5, "Process-4" ]
[ 6, "Process-4" ]
[ 7, "Process-4" ]
[ 8, "Process-4" ]
[ 9, "Process-4" ]
*/

// Catalogue: EX-37
