/**
 * What a start method provides: a child that has been launched, and how to talk to it.
 *
 * @module
 */

import type { Address } from "../base/identity.ts";
import type { ByteStream } from "../channel/byte_stream.ts";
import type { Exit } from "./exit.ts";
import type { ProcessPermissions } from "./permissions.ts";

/** What a child can be sent. */
export type Signal = "SIGINT" | "SIGTERM" | "SIGKILL";

/** What becomes of a child's output. */
export type Output = "inherit" | "null" | "piped";

/** What is to be launched. */
export interface LaunchRequest {
  readonly address: Address;
  readonly name: string;
  readonly permissions: ProcessPermissions;
  readonly env: Readonly<Record<string, string>> | undefined;
  /** An absolute path. */
  readonly cwd: string | undefined;
  readonly stdout: Output;
  readonly stderr: Output;
  /** What the child is to be told before all else, given the permission flags that its own children may go by. */
  prepare(permissionFlags: readonly string[] | undefined): Uint8Array<ArrayBuffer>;
}

/** A child from launch to end. */
export interface Child {
  /** Of the OS process it runs in. */
  readonly pid: number;
  /** The permission flags it was started with, which its own children go by; `undefined` if they are this process's. */
  readonly permissionFlags: readonly string[] | undefined;
  /** The way to the child, or once it has connected; rejects if it ends before. The receiver closes it. */
  readonly stream: ByteStream | Promise<ByteStream>;
  /** Its exit code to come, or `-N` if signal N ended it. Nothing is written by it any more. */
  readonly exit: Exit;
  /** Resolves when the runtime has heard of the exit too, if a blocked thread may have before. */
  readonly noted?: Promise<unknown>;
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  /** Takes output that came over the link, where it does. */
  receiveOutput?(which: "stdout" | "stderr", bytes: Uint8Array): void;
  /** Sends a signal; nothing happens if the child has ended. */
  signal(signal: Signal): void;
  /** The link has ended, so the child is about to: waiting for that keeps the program alive. */
  expectEnd(): void;
  /** Lets go of the handles once the child has ended and all was received. */
  release(): void;
}

/** One start method. */
export interface Launcher {
  /** Whether what it launches is another OS process. */
  readonly leavesProcess: boolean;
  /**
   * Launches a child that runs the bootstrap.
   *
   * @throws {Deno.errors.NotCapable} If a permission is missing; the message names the flag.
   * @throws {NotSupportedError} If this start method cannot do what is asked.
   */
  launch(request: LaunchRequest): Child | Promise<Child>;
}
