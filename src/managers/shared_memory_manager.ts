/**
 * {@linkcode SharedMemoryManager}: blocks of shared memory that end with their manager.
 *
 * @module
 */

import { ProcessError } from "../base/errors.ts";
import { identity } from "../base/identity.ts";
import type { ShareableItem } from "../memory/shareable_layout.ts";
import { ShareableList } from "../memory/shareable_list.ts";
import { SharedMemory } from "../memory/shared_memory.ts";
import { boundClass } from "../memory/start_method_class.ts";
import { BaseManager } from "./base_manager.ts";
import { MakeProxyType, useProxyClass } from "./proxy.ts";
import { registerBuiltin } from "./registry.ts";

const MEMORY_TYPES = "memory";

/** The blocks of a manager, in its process, which owns them. */
class Blocks implements AsyncDisposable {
  readonly #owned: { unlink(): void; close(): void }[] = [];

  /** Makes a block. */
  make(size: number): SharedMemory {
    const block = new (boundClass(SharedMemory, identity.startMethod))({ create: true, size });
    this.#owned.push(block);
    return block;
  }

  /** Makes a list in a block. */
  list(items: ShareableItem[]): ShareableList {
    const list = new (boundClass(ShareableList, identity.startMethod))(items);
    this.#owned.push(list.shm);
    return list;
  }

  /** Removes all blocks. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const block of this.#owned.splice(0)) {
      try {
        block.unlink();
      } catch (error) {
        // Somebody has done it already.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      block.close();
    }
    await undefined;
  }
}

registerBuiltin(MEMORY_TYPES, { typeid: "Blocks", exposed: ["make", "list"], callable: () => new Blocks() });
useProxyClass("Blocks", MakeProxyType("BlocksProxy", ["make", "list"]));

/**
 * Makes blocks of shared memory that are removed when it shuts down, as Python's `multiprocessing.managers.SharedMemoryManager`.
 *
 * @example A list that ends with its manager
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getContext } from "@multiprocessing/deno";
 *
 * await using manager = new (getContext("worker").SharedMemoryManager)();
 * await manager.start();
 * const list = await manager.ShareableList([1, "two", 3.5]);
 * assertEquals([...list], [1, "two", 3.5]);
 * ```
 */
export class SharedMemoryManager extends BaseManager {
  /** The built-in types that its objects include. */
  protected static override readonly typeSets: readonly string[] = [MEMORY_TYPES];

  #blocks: ReturnType<BaseManager["create"]> | undefined;

  /**
   * Makes a block of so many bytes.
   *
   * @throws {InvalidStateError} If the manager was not started.
   * @throws {NotSupportedError} If the permissions do not allow it; the message names the flag.
   */
  async SharedMemory(size: number): Promise<SharedMemory> {
    const block = await this.#call("make", size);
    if (block instanceof SharedMemory) return block;
    throw new ProcessError("Cannot make shared memory: the manager gave none");
  }

  /**
   * Makes a list in a block of its own. As that of `new ShareableList`, its type is the one that is named, and else that of any item.
   *
   * @typeParam T Type of the items.
   * @param items The items.
   * @throws {TypeError} If an item is of a type that a list cannot have.
   * @throws {InvalidStateError} If the manager was not started.
   * @throws {NotSupportedError} If the permissions do not allow it; the message names the flag.
   */
  async ShareableList<T extends ShareableItem = ShareableItem>(
    items: Iterable<NoInfer<T>>,
  ): Promise<ShareableList<T>> {
    const list = await this.#call("list", [...items]);
    if (list instanceof ShareableList) return list;
    throw new ProcessError("Cannot make a list: the manager gave none");
  }

  async #call(method: string, ...args: unknown[]): Promise<unknown> {
    // One object owns all blocks.
    this.#blocks ??= this.create("Blocks");
    try {
      await this.#blocks;
    } catch (error) {
      // It may be started later.
      this.#blocks = undefined;
      throw error;
    }
    return await (await this.#blocks).callMethod(method, args);
  }
}
