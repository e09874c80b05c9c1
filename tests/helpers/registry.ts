/** A server that hands out this library as a web server and as JSR do: its sources, or the package where the tests run on that. */
import { encodeHex } from "@std/encoding";

const MAIN = new URL(import.meta.resolve("@multiprocessing/deno"));
const ROOT = new URL("./", MAIN);
const MAIN_PATH = MAIN.pathname.slice(ROOT.pathname.length - 1);
const PACKAGE = "/@multiprocessing/deno";

/** Where the library is served. */
export interface Registry extends AsyncDisposable {
  /** Of the server, with a slash at the end; what `JSR_URL` names. */
  readonly url: string;
  /** Of the module that users import. */
  readonly main: string;
}

/** Starts to serve. */
export async function serveLibrary(): Promise<Registry> {
  const files = await readLibrary();
  const manifest: Record<string, { size: number; checksum: string }> = {};
  for (const [path, bytes] of files) {
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    manifest[path] = { size: bytes.length, checksum: `sha256-${encodeHex(digest)}` };
  }
  const answers: Record<string, unknown> = {
    [`${PACKAGE}/meta.json`]: { scope: "multiprocessing", name: "deno", latest: "0.1.0", versions: { "0.1.0": {} } },
    [`${PACKAGE}/0.1.0_meta.json`]: { manifest, exports: { ".": `.${MAIN_PATH}` } },
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (answers[pathname] !== undefined) return Response.json(answers[pathname]);
    const bytes = files.get(pathname.replace(`${PACKAGE}/0.1.0`, ""));
    return bytes === undefined
      ? new Response("not found", { status: 404 })
      : new Response(bytes, { headers: { "content-type": contentType(pathname) } });
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    url: `${url}/`,
    main: `${url}${MAIN_PATH}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function contentType(path: string): string {
  return path.endsWith(".ts") ? "application/typescript" : "application/javascript";
}

async function readLibrary(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const main of new Set([MAIN_PATH, "/mod.ts"])) files.set(main, await Deno.readFile(new URL(`.${main}`, ROOT)));
  const list = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      if (isDirectory) await list(`${folder}${name}/`);
      else files.set(`/${folder}${name}`, await Deno.readFile(new URL(`${folder}${name}`, ROOT)));
    }
  };
  await list("src/");
  return files;
}
