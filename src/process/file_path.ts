/**
 * Paths of `file:` URLs.
 *
 * @module
 */

/**
 * The path that a URL names.
 *
 * @param refusal How the error begins, as in "Cannot use permissions.read".
 * @throws {TypeError} If it is no `file:` URL.
 * @throws {RangeError} If what it names is no text.
 */
export function pathOfUrl(url: URL, refusal: string): string {
  if (url.protocol !== "file:") throw new TypeError(`${refusal}: a URL must be a file: URL, received ${url.href}`);
  const path = decoded(url.pathname.replace(/%(?![0-9a-f]{2})/gi, "%25"));
  if (path === undefined) {
    throw new RangeError(`${refusal}: ${url.href} is not well-formed; percent-encode the path in UTF-8`);
  }
  if (Deno.build.os !== "windows") return path;
  const local = path.replace(/^\/(?=[a-z]:)/i, "").replaceAll("/", "\\");
  return url.hostname === "" ? local : `\\\\${url.hostname}${local}`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
