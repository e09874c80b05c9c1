/**
 * A child that may do less than its parent: it may read one folder and nothing else. Code that handles what came from a stranger
 * belongs into such a process.
 */
import { type Connection, Pipe, Process } from "@multiprocessing/deno";

/** Answers each path with the text of that file, or with why it may not read it. */
export async function readFiles(paths: Connection<string, string>): Promise<void> {
  for await (const path of paths) {
    try {
      await paths.send(await Deno.readTextFile(path));
    } catch (error) {
      await paths.send(error instanceof Error ? error.name : String(error));
    }
  }
}

if (import.meta.main) {
  const open = await Deno.makeTempDir();
  const secret = await Deno.makeTempDir();
  await Deno.writeTextFile(`${open}/note.txt`, "for everybody");
  await Deno.writeTextFile(`${secret}/note.txt`, "for nobody");

  const [here, there] = Pipe<string>();
  const process = new Process({ target: readFiles, args: [there], permissions: { read: [open] } });
  await process.start();
  there.close();

  for (const folder of [open, secret]) {
    await here.send(`${folder}/note.txt`);
    console.log(await here.recv());
  }
  here.close();
  await process.join();

  await Promise.all([open, secret].map((folder) => Deno.remove(folder, { recursive: true })));
}

/* Output:
for everybody
NotCapable
*/

// Start method: spawn, forkserver
