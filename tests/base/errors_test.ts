import { assert, assertEquals, assertFalse } from "@std/assert";
import * as mp from "../../mod.ts";

Deno.test("ProcessError is the base of what goes wrong with processes, and TimeoutError is not the DOM's [MISC-01]", () => {
  const { AuthenticationError, InvalidStateError, NotSupportedError, TimeoutError, WorkerDiedError } = mp;
  for (const cls of [AuthenticationError, InvalidStateError, NotSupportedError, TimeoutError, WorkerDiedError]) {
    const error = new cls("why", { cause: 7 });
    assert(error instanceof mp.ProcessError && error instanceof Error);
    assertEquals([error.name, error.message, error.cause], [cls.name, "why", 7]);
  }
  const short = new mp.BufferTooShort(new Uint8Array([1, 2]));
  assert(short instanceof mp.ProcessError);
  assertEquals([short.name, short.data, short.args], ["BufferTooShort", new Uint8Array([1, 2]), [short.data]]);
  assertFalse(new TimeoutError("late") instanceof DOMException);
});

Deno.test("Empty, Full, ShutDown, EOFError and BrokenBarrierError are errors of their own, as in Python [MISC-01] [QUE-08]", () => {
  for (const cls of [mp.Empty, mp.Full, mp.ShutDown, mp.EOFError, mp.BrokenBarrierError, mp.RemoteError]) {
    const error = new cls("why");
    assertEquals([error.name, error instanceof Error, error instanceof mp.ProcessError], [cls.name, true, false]);
  }
});
