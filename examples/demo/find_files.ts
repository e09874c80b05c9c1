import { type Unreadable, whyUnreadable } from "./counts.ts";

/** Folders whose contents nobody wrote by hand. */
const SKIPPED_FOLDERS: readonly string[] = [".git", "node_modules"];

/** The files under a path, and the folders that could not be read. */
export interface Found {
  readonly files: string[];
  readonly unreadable: Unreadable[];
}

/**
 * Finds all regular files under a folder, in no particular order; of a file, itself. Links are not followed, other than `root`.
 *
 * @throws {Deno.errors.NotFound} If there is nothing at `root`.
 */
export async function findFiles(root: string): Promise<Found> {
  const { isFile, isDirectory } = await Deno.stat(root);
  const found: Found = { files: isFile ? [root] : [], unreadable: [] };
  const folders = isDirectory ? [root] : [];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
        const path = folder.endsWith("/") ? folder + name : `${folder}/${name}`;
        if (isFile) found.files.push(path);
        else if (isDirectory && !SKIPPED_FOLDERS.includes(name)) folders.push(path);
      }
    } catch (error) {
      found.unreadable.push({ path: folder, why: whyUnreadable(error) });
    }
  }
  return found;
}
