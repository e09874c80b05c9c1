/**
 * A pool in the REPL. What is typed there belongs to no module that a worker could import, so a function of it is refused at the call
 * (Python's workers die one after another instead). `inline` sends its text; `ref` names one of a module.
 */

const SESSION = `\
import { inline, Pool } from "@multiprocessing/deno";
const pool = new Pool(3);
const f = (x: number) => x * x;
await pool.map(f, [1, 2, 3]);
await pool.map(inline(f), [1, 2, 3]);
await pool.terminate();
`;

if (import.meta.main) {
  const repl = new Deno.Command(Deno.execPath(), {
    args: ["repl", "--quiet", "--allow-all"],
    cwd: import.meta.dirname ?? ".",
    stdin: "piped",
  }).spawn();
  await new Blob([SESSION]).stream().pipeTo(repl.stdin);
  await repl.status;
}

/* Output:
undefined
undefined
undefined
Uncaught TypeError: Cannot send * function "f": it is not exported by the main module * or inline(f) if *
...
[ 1, 4, 9 ]
undefined
*/

// Catalogue: EX-13

// Start method: spawn
