/** Visits webserver.ts, each time by a new connection, until every process of it has answered. */

const PROCESSES = 4;

if (import.meta.main) {
  const port = Number(Deno.args[0] ?? 8000);
  const names = new Set<string>();
  while (names.size < PROCESSES) {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    names.add((await response.text()).trimEnd());
  }
  console.log([...names].sort().join("\n"));
}

/* Output:
MainProcess
Process-1
Process-2
Process-3
*/

// Beside: webserver.ts

// Catalogue: EX-49
