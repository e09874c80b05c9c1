/**
 * The life of a launched child as its parent lives it: what it answers, and its end.
 *
 * @module
 */

import { InvalidStateError } from "../base/errors.ts";
import type { Address } from "../base/identity.ts";
import type { ByteStream } from "../channel/byte_stream.ts";
import type { Link } from "../channel/link.ts";
import { node } from "../channel/node.ts";
import type { Child } from "./child.ts";
import { type Birth, hear } from "./preparation.ts";

/**
 * Hears a child, and sees to its end.
 *
 * @param onEnd Called with the exit code when the child has ended, all it sent was received, and everyone knows.
 * @returns Resolves when the child has accepted its task, rejects when it refused or ended before.
 */
export function raise(
  child: Child,
  birth: Pick<Birth, "name" | "address">,
  onEnd: (exitCode: number) => void,
): Promise<void> {
  const link = node.attachChild(birth.address);
  const answer = Promise.withResolvers<void>();
  // Only a start that waits looks at it.
  answer.promise.catch(() => {});
  const open = (stream: ByteStream) =>
    node.openChild(link, stream, (body) => {
      try {
        const message = hear(body);
        if (message.kind === "accepted") answer.resolve();
        else if (message.kind === "refused") answer.reject(message.error);
        else if (message.kind === "output") child.receiveOutput?.(message.which, message.bytes);
      } catch (error) {
        // Only what a child refuses with is made of more than this module's own.
        answer.reject(error);
      }
    });
  if (child.stream instanceof Promise) child.stream.then(open, () => link.close());
  else open(child.stream);
  bringHome(link, child, birth.address, (exitCode) => {
    onEnd(exitCode);
    answer.reject(
      new InvalidStateError(
        `Cannot start process "${birth.name}": it ended before its task began, with exit code ${exitCode}`,
      ),
    );
  });
  return answer.promise;
}

/** Without promises, so that it also goes on while the thread is blocked. */
function bringHome(link: Link, child: Child, address: Address, onEnd: (exitCode: number) => void): void {
  let exitCode: number | undefined;
  let received = false;
  const finish = () => {
    if (exitCode === undefined || !received) return;
    child.release();
    node.detachChild(address);
    onEnd(exitCode);
  };
  child.exit.onceSettled((code) => {
    exitCode = code;
    node.tellEnding(address);
    finish();
  });
  link.onEnd(() => {
    received = true;
    child.expectEnd();
    finish();
  });
}
