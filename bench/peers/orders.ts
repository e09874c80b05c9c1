/** The peers' side of the bench: obeys orders, `row times` on standard input, and answers with seconds. */
import { TextLineStream } from "@std/streams";

/** What can be ordered; who measures better than the whole answers with the seconds. */
export type Acts = Readonly<Record<string, (times: number) => Promise<number | void>>>;

/** Obeys until standard input ends. */
export async function obey(acts: Acts): Promise<void> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const [row = "", times = "0"] = line.split(" ");
    const act = acts[row];
    if (act === undefined) throw new Error(`Cannot measure: there is no row "${row}"`);
    const start = performance.now();
    const seconds = await act(Number(times));
    console.log(seconds ?? (performance.now() - start) / 1e3);
  }
}
