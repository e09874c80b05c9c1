/**
 * A web server of four processes that share one port: each listens to it, and the system gives every connection to one of them.
 * On Linux they get about the same number.
 *
 * Deno has sockets that share a port only with the flag `--unstable-net`. It does not tell a program its flags, so that the program
 * has to say which its children need.
 */
import { Barrier, currentProcess, Process, setExecutable } from "@multiprocessing/deno";

const PROCESSES = 4;

/** Serves until the process ends. Each process says at `ready` that it listens. */
export async function serve(port: number, ready: Barrier): Promise<void> {
  note("starting server");
  const { promise: listening, resolve: onListen } = Promise.withResolvers<unknown>();
  const server = Deno.serve({ hostname: "127.0.0.1", port, reusePort: true, onListen }, answer);
  await listening;
  await ready.wait();
  await server.finished;
}

function answer(request: Request): Response {
  note(`${request.method} ${new URL(request.url).pathname}`);
  return new Response(`${currentProcess().name}\n`, { headers: { connection: "close" } });
}

function note(text: string): void {
  console.error(`[${currentProcess().name}]\t${text}`);
}

if (import.meta.main) {
  setExecutable(Deno.execPath(), { args: ["--unstable-net"] });
  const port = Number(Deno.args[0] ?? 8000);
  const ready = new Barrier(PROCESSES + 1);
  for (let i = 1; i < PROCESSES; i++) {
    await new Process({ target: serve, args: [port, ready], daemon: true }).start();
  }
  void serve(port, ready); // This process is one of them.

  Deno.addSignalListener("SIGINT", () => Deno.exit());
  await ready.wait();
  console.log(`Serving at http://localhost:${port} using ${PROCESSES} worker processes`);
  console.log("To exit press Ctrl-C");
}

/* Output:
Serving at http://localhost:* using 4 worker processes
To exit press Ctrl-C
*/

/* Errors, interleaved:
[MainProcess]	starting server
[MainProcess]	GET / (repeatedly)

[Process-1]	starting server
[Process-1]	GET / (repeatedly)

[Process-2]	starting server
[Process-2]	GET / (repeatedly)

[Process-3]	starting server
[Process-3]	GET / (repeatedly)
*/

// Flags: --unstable-net

// Runs until interrupted

// Catalogue: EX-49
