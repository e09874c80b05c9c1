/** What `deno serve` runs: each request is answered by a child. */
import { type Connection, getContext, Pipe, type StartMethod } from "../../../mod.ts";

export async function greet(to: Connection<string>, name: string): Promise<void> {
  await to.send(`hello ${name}`);
}

export default {
  async fetch(request: Request): Promise<Response> {
    const method = new URL(request.url).pathname.slice(1);
    const [here, there] = Pipe<never, string>({ duplex: false });
    const process = new (getContext(method as StartMethod).Process)({ target: greet, args: [there, method] });
    await process.start();
    there.close();
    const text = await here.recv();
    await process.join();
    return new Response(`${text} ${process.exitCode}`);
  },
} satisfies Deno.ServeDefaultExport;
