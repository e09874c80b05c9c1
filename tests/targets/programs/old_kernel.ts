/** A program on a system without futex_waitv(2), as Linux before 5.16: the call is forbidden to this process and to its children. */
import { type Connection, getContext, type Lock } from "../../../mod.ts";

const NO_NEW_PRIVILEGES = 38;
const SET_SECCOMP = 22;
const FILTER = 2n;

/** Of Berkeley's packet filter: code, jumps, operand. It is given the number of the call first. */
const RULES: readonly (readonly [code: number, ifTrue: number, ifFalse: number, operand: number])[] = [
  [0x20, 0, 0, 0], // load the number
  [0x15, 0, 1, 449], // if it is that of futex_waitv
  [0x06, 0, 0, 0x0005_0000 | 38], // refuse it with ENOSYS
  [0x06, 0, 0, 0x7fff_0000], // else allow it
];

export async function hold(lock: Lock, orders: Connection<string>): Promise<void> {
  await using _guard = await lock.guard();
  await orders.send("held");
  await orders.recv();
}

function forbid(): void {
  const { symbols: { limit, filter } } = Deno.dlopen("libc.so.6", {
    limit: { name: "prctl", parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
    filter: { name: "prctl", parameters: ["i32", "usize", "buffer"], result: "i32" },
  });
  const rules = new DataView(new ArrayBuffer(8 * RULES.length));
  for (const [index, [code, ifTrue, ifFalse, operand]] of RULES.entries()) {
    rules.setUint16(8 * index, code, true);
    rules.setUint8(8 * index + 2, ifTrue);
    rules.setUint8(8 * index + 3, ifFalse);
    rules.setUint32(8 * index + 4, operand, true);
  }
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(new Uint8Array(rules.buffer)));
  const list = BigUint64Array.of(BigInt(RULES.length), BigInt(address));
  const failed = limit(NO_NEW_PRIVILEGES, 1n, 0n, 0n, 0n) || filter(SET_SECCOMP, FILTER, list);
  if (failed !== 0) throw new Error("Cannot forbid a system call: the system has no filters");
}

if (import.meta.main) {
  forbid();
  const { Lock, Pipe, Process, Value } = getContext("spawn");
  const lock = new Lock();
  const [orders, theirs] = Pipe<string>();
  const process = new Process({ target: hold, args: [lock, theirs] });
  await process.start();
  theirs.close();
  console.log(await orders.recv());
  const acquired = lock.acquire();
  await orders.send("release");
  console.log(await acquired);
  await process.join();
  orders.close();
  for (const share of [() => new Value("i", 1), () => lock.acquireSync()]) {
    try {
      share();
    } catch (error) {
      console.log(String(error));
    }
  }
}
