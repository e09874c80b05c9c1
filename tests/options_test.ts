/** Options that do not exist, as those misspelt or with Python's names, are refused at the call: left out, they would be lost. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as mp from "../mod.ts";

const { Array: SharedArray, Barrier, BaseManager, Client, Event, Listener, Lock, Pipe, Pool, Process, Queue, wait } =
  mp;
const { ShareableList, SharedMemory } = mp;
const address: mp.Address = ["127.0.0.1", 0];

/** Without types, as a program that nobody checked. */
// deno-lint-ignore no-explicit-any
const untyped = (value: unknown) => value as any;

/** A call with options that are none, and what the error says. */
const REFUSED: readonly (readonly [call: string, says: string, call: () => unknown])[] = [
  [
    "Listener",
    'Cannot listen: it has no option "authkey"; use authKey',
    () => new Listener(untyped({ address, authkey: "secret" })),
  ],
  ["Listener", "options must be an object such as", () => new (untyped(Listener))(address, { authKey: "secret" })],
  [
    "Client",
    'Cannot connect: it has no option "authkey"; use authKey',
    () => Client(address, untyped({ authkey: "secret" })),
  ],
  [
    "BaseManager",
    'Cannot make a manager: it has no option "authkey"; use authKey',
    () => new BaseManager(untyped({ address, authkey: "k" })),
  ],
  ["BaseManager", "options must be an object such as", () => new (untyped(BaseManager))(address, "k")],
  [
    "BaseManager.start",
    'Cannot start the manager: it has no option "initArgs"; use initargs',
    () => new BaseManager().start(untyped({ initArgs: [1] })),
  ],
  [
    "BaseManager.register",
    'it has no option "method_to_typeid"; use methodToTypeid',
    () => BaseManager.register("Maths", untyped({ method_to_typeid: {} })),
  ],
  [
    "Process",
    'Cannot make a process: it has no option "taget"; use target',
    () => new Process(untyped({ taget: Date })),
  ],
  ["Process", 'it has no option "demon"; use daemon', () => new Process(untyped({ demon: true }))],
  ["Process", 'it has no option "permission"; use permissions', () => new Process(untyped({ permission: "none" }))],
  ["Process", 'it has no option "Args"; use args', () => new Process(untyped({ Args: [] }))],
  [
    "Pool",
    'it has no option "maxtasksperchild"; use maxTasksPerChild',
    () => new Pool(untyped({ maxtasksperchild: 1 })),
  ],
  ["Pipe", 'Cannot make a pipe: it has no option "dupleX"; use duplex', () => Pipe(untyped({ dupleX: false }))],
  [
    "Barrier",
    'Cannot make a Barrier: it has no option "Action"; use action',
    () => new Barrier(2, untyped({ Action: Date })),
  ],
  [
    "Array",
    'Cannot make an Array: it has no option "size"; use one of lock',
    () => new SharedArray("i", 1, untyped({ size: 1 })),
  ],
  ["SharedMemory", 'it has no option "Create"; use create', () => new SharedMemory(untyped({ Create: true, size: 1 }))],
  ["ShareableList", 'it has no option "nam"; use one of name', () => new ShareableList([1], untyped({ nam: "x" }))],
  ["Queue.get", 'Cannot wait: it has no option "timeuot"; use timeout', () => new Queue().get(untyped({ timeuot: 1 }))],
  [
    "Queue.shutdown",
    'it has no option "now"; use one of immediate',
    () => new Queue().shutdown(untyped({ now: true })),
  ],
  [
    "Lock.acquire",
    'Cannot wait: it has no option "blocking"; use one of timeout, signal, block',
    () => new Lock().acquire(untyped({ blocking: false })),
  ],
  [
    "Event.waitSync",
    'Cannot wait: it has no option "timeOut"; use timeout',
    () => new Event().waitSync(untyped({ timeOut: 1 })),
  ],
  [
    "wait",
    'Cannot wait: it has no option "timeoutMs"; use one of timeout, signal',
    () => wait([], untyped({ timeoutMs: 1 })),
  ],
  ["Connection.send", 'it has no option "trnsfer"; use transfer', () => {
    const [here, there] = Pipe();
    return here.send(1, untyped({ trnsfer: [] })).finally(() => [here, there].forEach((end) => end.close()));
  }],
];

for (const [call, says, act] of REFUSED) {
  Deno.test(`${call} refuses options that it does not have: ${says}`, async () => {
    await assertRejects(async () => await act(), TypeError, says);
  });
}

Deno.test("Pool refuses options of a task that it does not have", async () => {
  await using pool = new Pool({ processes: 1, context: mp.getContext("worker") });
  const square = mp.inline((x: number) => x * x);
  assertThrows(() => pool.applyAsync(square, [1], untyped({ call_back: Date })), TypeError, "use callback");
  await assertRejects(() => pool.map(square, [1], untyped({ chunksize: 1 })), TypeError, "use chunkSize");
  assertEquals(await pool.apply(square, [3], { timeout: 60_000 }), 9);
});

Deno.test("Process lets pass what a class that extends it has besides, and options that are absent", () => {
  class Consumer extends Process {
    constructor(init: mp.ProcessInit & { targets: string }) {
      super(init);
    }
  }
  assertEquals(new Consumer({ name: "consumer", targets: "all" }).name, "consumer");
  Pipe({ duplex: undefined, ...untyped({ size: undefined }) }).forEach((end) => end.close());
});
