/** The peers' side of the bench: obeys orders, `row times` on standard input, and answers with seconds. */
import { TextLineStream } from "@std/streams";

/** Obeys until standard input ends. */
export async function obey(rows: Record<string, (times: number) => Promise<void>>): Promise<void> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const [row = "", times = "0"] = line.split(" ");
    const act = rows[row];
    if (act === undefined) throw new Error(`Cannot measure: there is no row "${row}"`);
    const start = performance.now();
    await act(Number(times));
    console.log((performance.now() - start) / 1e3);
  }
}
