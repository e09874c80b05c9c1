import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { NotSupportedError } from "../../src/base/errors.ts";
import {
  childPermissionFlags,
  isPermissionFlag,
  type ProcessPermissions,
  spawnRefusal,
  workerPermissionOptions,
} from "../../src/process/permissions.ts";

const MODULE = new URL("../../src/process/permissions.ts", import.meta.url).href;
const KINDS = ["read", "write", "net", "env", "run", "ffi", "sys", "import"];
const CHANNEL = ["--allow-net=127.0.0.1:4500"];
const HAS_COMMA_ESCAPE = !/^2\.9\.(?:[6-9]|\d\d)/.test(Deno.version.deno);
const NO_IMPORTS =
  "--deny-import=deno.land:443,jsr.io:443,esm.sh:443,raw.esm.sh:443,cdn.jsdelivr.net:443,raw.githubusercontent.com:443,gist.githubusercontent.com:443";

type Query = readonly [kind: string, entry?: string];

interface Outcome {
  readonly value?: unknown;
  readonly error?: string;
  readonly states: string[];
}

/** Runs an expression under exactly these flags, with the module's functions in scope, and asks for some permissions. */
async function runUnder(
  flags: readonly string[],
  expression: string,
  queries: readonly Query[] = [],
): Promise<Outcome> {
  const program = `import * as permissions from ${JSON.stringify(MODULE)};
    const { childPermissionFlags, workerPermissionOptions, spawnRefusal } = permissions;
    const names = { read: "path", write: "path", ffi: "path", net: "host", import: "host", env: "variable", run: "command", sys: "kind" };
    const states = ${JSON.stringify(queries)}.map(([name, entry]) => {
      const { state, partial } = Deno.permissions.querySync(entry === undefined ? { name } : { name, [names[name]]: entry });
      return partial ? state + " in part" : state;
    });
    const outcome = { states };
    try { outcome.value = await (async () => (${expression}))(); } catch (e) { outcome.error = e.name + ": " + e.message; }
    console.log(JSON.stringify(outcome));`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-config", ...flags, "data:application/javascript," + encodeURIComponent(program)],
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, `${flags.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The flags that a parent started with `parentFlags` gives, or the error. */
async function given(
  parentFlags: readonly string[],
  wanted: ProcessPermissions,
  known?: readonly string[],
  channel: readonly string[] = [],
): Promise<unknown> {
  const args = [wanted, known ?? null, channel].map((each) => JSON.stringify(each)).join(", ");
  const { value, error } = await runUnder(
    parentFlags,
    `childPermissionFlags(${args.replace(", null,", ", undefined,")})`,
  );
  return error ?? value;
}

/** What a child started with the flags that a parent gives really holds. */
async function held(
  parentFlags: readonly string[],
  wanted: ProcessPermissions,
  known: readonly string[] | undefined,
  queries: readonly Query[],
): Promise<string[]> {
  const flags = await given(parentFlags, wanted, known);
  if (!Array.isArray(flags)) throw new Error(String(flags));
  return (await runUnder(flags, "0", queries)).states;
}

const WHOLE: readonly Query[] = KINDS.map((kind): Query => [kind]);

// -- Inherited --

Deno.test("childPermissionFlags() gives a child of an -A parent -A, channel or not", async () => {
  assertEquals(await given(["-A"], "inherit", undefined, CHANNEL), ["-A"]);
  assertEquals(await given(KINDS.map((kind) => `--allow-${kind}`), "inherit"), ["-A"]);
  if (Deno.build.os !== "linux") return;
  // Deno lets only a program that holds all read this.
  const reading = await runUnder(
    KINDS.map((kind) => `--allow-${kind}`),
    'Deno.readTextFileSync("/proc/self/stat").length > 0',
  );
  assertEquals(reading.value, true);
});

Deno.test("childPermissionFlags() hands on each kind held in full, and no other", async () => {
  for (const kind of KINDS) {
    const states = await held([`--allow-${kind}`], "inherit", undefined, WHOLE);
    assertEquals(states, KINDS.map((each) => each === kind ? "granted" : "prompt"), kind);
  }
});

Deno.test("childPermissionFlags() gives nothing of a kind held in part where the flags are not known", async () => {
  const parent = ["--allow-read=/tmp", "--allow-env", "--deny-env=SECRET", "--allow-net=localhost"];
  assertEquals(await given(parent, "inherit"), []);
});

Deno.test("childPermissionFlags() hands on known lists and bans exactly", async () => {
  const known = [
    "--allow-read=/tmp,/data",
    "--deny-read=/data/secret",
    "--allow-env",
    "--deny-env=SECRET",
    "--ignore-env=HOME",
    "--allow-net=*.example.com,10.0.0.0/8,[::1]:80",
    "-W=/tmp/out",
    "--allow-run=deno",
    "--allow-sys=hostname",
    "--allow-ffi=/tmp/x.so",
    "--allow-import=example.com:8000",
  ];
  const flags = await given(known, "inherit", [...known, "--unstable-kv", "--config=x.json"]);
  assertEquals(flags, [
    "--allow-read=/tmp,/data",
    "--deny-read=/data/secret",
    "--allow-write=/tmp/out",
    "--allow-net=*.example.com,10.0.0.0/8,[::1]:80",
    "--allow-env",
    "--deny-env=SECRET",
    "--ignore-env=HOME",
    "--allow-run=deno",
    "--allow-ffi=/tmp/x.so",
    "--allow-sys=hostname",
    "--allow-import=example.com:8000",
  ]);
  const queries: Query[] = [
    ["read", "/data"],
    ["read", "/data/secret"],
    ["read", "/etc"],
    ["write", "/tmp/out/a"],
    ["net", "a.example.com"],
    ["net", "10.1.1.1"],
    ["net", "[::1]:80"],
    ["net", "[::1]:81"],
    ["env"],
    ["env", "SECRET"],
    ["env", "HOME"],
    ["run", "deno"],
    ["ffi", "/tmp/x.so"],
    ["sys", "hostname"],
    ["import", "example.com:8000"],
    ["import", "jsr.io:443"],
  ];
  const parentStates = (await runUnder(known, "0", queries)).states;
  assertEquals(await held(known, "inherit", known, queries), parentStates);
  // And so on, for a grandchild that is told what its parent was started with.
  assertEquals(await given(known, "inherit", flags as string[]), flags);
});

Deno.test("childPermissionFlags() does not believe known flags that this process does not hold", async () => {
  const known = ["--allow-read=/tmp,/etc", "--allow-net", "--allow-env=*", "--allow-sys=nonsense,hostname", "-A"];
  assertEquals(await given(["--allow-read=/tmp", "--allow-sys=hostname"], "inherit", known), [
    "--allow-read=/tmp",
    "--allow-sys=hostname",
  ]);
});

Deno.test("childPermissionFlags() drops what was revoked", async () => {
  const { value } = await runUnder(
    ["--allow-read=/tmp,/etc", "--allow-env"],
    `(Deno.permissions.revokeSync({ name: "read", path: "/etc" }), Deno.permissions.revokeSync({ name: "env" }),
      childPermissionFlags("inherit", ["--allow-read=/tmp,/etc", "--allow-env"], []))`,
  );
  assertEquals(value, ["--allow-read=/tmp"]);
});

Deno.test("childPermissionFlags() makes known relative paths absolute and reads a bare port as Deno does", async () => {
  const parent = ["--allow-read=./data", "--allow-net=:4500"];
  assertEquals(await given(parent, "inherit", parent), [
    `--allow-read=${Deno.cwd()}/./data`,
    "--allow-net=0.0.0.0:4500,127.0.0.1:4500,localhost:4500",
  ]);
});

Deno.test("childPermissionFlags() gives the default import hosts only as far as this process holds them", async () => {
  const none = "none" as const;
  assertEquals(await given([], none), []);
  assertEquals(await given(["--allow-import"], none), []);
  assertEquals(await given(["--allow-import=x.com:443"], none), [NO_IMPORTS]);
  assertEquals(await held(["--allow-import=x.com:443"], none, undefined, [["import", "jsr.io:443"]]), ["denied"]);
  assertEquals(await given(["--allow-import=jsr.io:443"], none), ["--allow-import=jsr.io:443"]);
  assertEquals(
    await held(["--deny-import=esm.sh:443"], "inherit", undefined, [
      ["import", "esm.sh:443"],
      ["import", "jsr.io:443"],
    ]),
    ["prompt", "granted"],
  );
});

// -- Narrowed --

Deno.test("childPermissionFlags() gives none for none, false, [] and what is omitted", async () => {
  for (const wanted of ["none", {}, { read: false, write: [], net: false, env: [] }] as const) {
    assertEquals(await given(["-A"], wanted as ProcessPermissions), []);
  }
  assertEquals(await held(["-A"], "none", undefined, WHOLE), KINDS.map(() => "prompt"));
});

Deno.test("childPermissionFlags() gives what an object names, which Deno then reports", async () => {
  const wanted: ProcessPermissions = {
    read: ["/data", "rel/x"],
    write: true,
    net: ["example.com:80", "[::1]", "*.a.org", "10.0.0.0/8"],
    env: ["HOME", "FOO_*"],
    run: ["deno", "./tool", "/bin/ls"],
    ffi: ["/tmp/x.so"],
    sys: ["hostname"],
    import: ["x.com:443"],
  };
  assertEquals(
    await held(["-A"], wanted, undefined, [
      ...WHOLE,
      ["read", "/data/a"],
      ["read", `${Deno.cwd()}/rel/x`],
      ["read", "/etc"],
      ["net", "example.com:80"],
      ["net", "example.com:81"],
      ["net", "[::1]:5"],
      ["net", "b.a.org"],
      ["net", "10.9.9.9"],
      ["env", "FOO_A"],
      ["env", "BAR"],
      ["run", "deno"],
      ["run", `${Deno.cwd()}/tool`],
      ["ffi", "/tmp/x.so"],
      ["sys", "hostname"],
      ["sys", "uid"],
      ["import", "x.com:443"],
      ["import", "jsr.io:443"],
    ]),
    [
      // Deno bans writing to the commands that may be run.
      ...KINDS.map((kind) => kind === "write" ? "granted in part" : "prompt"),
      ..."granted granted prompt granted prompt granted granted granted granted prompt granted".split(" "),
      ..."granted granted granted prompt granted granted".split(" "),
    ],
  );
});

Deno.test("childPermissionFlags() takes file: URLs and absolute, relative and odd paths", () => {
  const flags = childPermissionFlags(
    { read: [new URL("file:///a%20b/%C3%A9")], run: [new URL("file:///bin/ls")], ffi: ["x=y"] },
    undefined,
    [],
  );
  assertEquals(flags, ["--allow-read=/a b/é", "--allow-run=/bin/ls", `--allow-ffi=${Deno.cwd()}/x=y`]);
});

Deno.test("childPermissionFlags() keeps the known bans on what it narrows", async () => {
  const parent = ["--allow-read=/data", "--deny-read=/data/secret", "--allow-net", "--deny-net=example.com:22"];
  assertEquals(await given(parent, { read: ["/data"], net: ["example.com"] }, parent), [
    "--allow-read=/data",
    "--deny-read=/data/secret",
    "--allow-net=example.com",
    "--deny-net=example.com:22",
  ]);
});

Deno.test("childPermissionFlags() keeps Deno's own ban on writing to the commands that may be run", async () => {
  const byPath = ["--allow-write", "--allow-run=/bin/ls"];
  const queries: Query[] = [["write", "/bin/ls"], ["write", "/tmp"]];
  assertEquals(await given(byPath, "inherit", byPath), byPath);
  assertEquals(await held(byPath, "inherit", byPath, queries), ["denied", "granted"]);
  assertEquals(await given(byPath, { write: "inherit" }, byPath), ["--allow-write", "--deny-write=/bin/ls"]);
  assertEquals(await given(byPath, "inherit"), []);
  assertEquals(await given(byPath, { write: ["/tmp"] }), ["--allow-write=/tmp"]);
  assertStringIncludes(String(await given(byPath, { write: true }, byPath)), "a list for --allow-run");
  const byName = ["--allow-write", "--allow-run=deno"];
  assertEquals(await given(byName, "inherit", byName), byName);
  assertEquals(await given(byName, { write: "inherit" }, byName), []);
});

Deno.test("childPermissionFlags() mixes inherited kinds with named ones", async () => {
  const parent = ["--allow-read=/tmp", "--allow-env"];
  assertEquals(await given(parent, { read: "inherit", env: ["HOME"] }, parent), [
    "--allow-read=/tmp",
    "--allow-env=HOME",
  ]);
});

// -- Channel --

Deno.test("childPermissionFlags() adds the channel to no net and to a list, but not to all of net", async () => {
  assertEquals(await given(["-A"], "none", undefined, CHANNEL), CHANNEL);
  assertEquals(await given(["-A"], { net: ["a.org"] }, undefined, CHANNEL), ["--allow-net=a.org,127.0.0.1:4500"]);
  assertEquals(await given(["--allow-net"], "inherit", undefined, CHANNEL), ["--allow-net"]);
  const socket = ["--allow-read=/tmp/s", "--allow-write=/tmp/s"];
  assertEquals(await given(["--allow-read"], "inherit", undefined, socket), ["--allow-read", "--allow-write=/tmp/s"]);
});

// -- Refused --

Deno.test("childPermissionFlags() refuses what this process does not hold, naming the flag", async () => {
  const cases: [string[], ProcessPermissions, string][] = [
    [["--allow-read=/tmp"], { read: ["/tmp/a", "/data"] }, "--allow-read=/data"],
    [["--allow-read=/tmp"], { read: true }, "--allow-read"],
    [[], { write: [new URL("file:///x").pathname] }, "--allow-write=/x"],
    [["--allow-net=a.org:80"], { net: ["a.org:81"] }, "--allow-net=a.org:81"],
    [["--allow-net=a.org:80"], { net: ["a.org"] }, "--allow-net=a.org"],
    [["--allow-net=a.org"], { net: ["*.a.org"] }, "--allow-net=*.a.org"],
    [["--allow-net=10.0.0.0"], { net: ["10.0.0.0/8"] }, "--allow-net=10.0.0.0/8"],
    [["--allow-env=HOME"], { env: ["PATH"] }, "--allow-env=PATH"],
    [["--allow-env=FOO_*"], { env: ["F*"] }, "--allow-env=F*"],
    [["--allow-run=deno"], { run: ["ls"] }, "--allow-run=ls"],
    [[], { ffi: ["/x.so"] }, "--allow-ffi=/x.so"],
    [["--allow-sys=uid"], { sys: ["hostname"] }, "--allow-sys=hostname"],
    [[], { import: ["x.com"] }, "--allow-import=x.com"],
    [["--allow-read", "--deny-read=/data/secret"], { read: ["/data"] }, "--allow-read=/data and without --deny-read"],
    [["--allow-read", "--deny-read=/data/secret"], { read: true }, "--allow-read and without --deny-read"],
    [["--allow-net", "--deny-net=a.org:22"], { net: ["a.org"] }, "--allow-net=a.org and without --deny-net"],
    [["--allow-env", "--deny-env=FOO"], { env: ["F*"] }, "--allow-env=F* and without --deny-env"],
  ];
  for (const [parent, wanted, flag] of cases) {
    const error = await given(parent, wanted);
    assertStringIncludes(String(error), "NotCapable: Cannot give the child process ");
    assertStringIncludes(String(error), `; start it with ${flag}`);
    // Being told otherwise does not help.
    assertStringIncludes(String(await given(parent, wanted, [flag.split(" ")[0] ?? ""])), "NotCapable: ");
  }
});

Deno.test("childPermissionFlags() refuses wrong kinds of value with TypeError and wrong values with RangeError", () => {
  const wrongKind: unknown[] = [null, 1, "all", [], { bogus: true }, { read: 1 }, { read: "all" }, { env: [1] }, {
    net: [new URL("file:///x")],
  }, { read: [new URL("https://x.org/")] }];
  for (const wanted of wrongKind) {
    assertThrows(() => childPermissionFlags(wanted as ProcessPermissions, undefined, []), TypeError, "Cannot use ");
  }
  const wrongValue: ProcessPermissions[] = [
    { read: [""] },
    { read: ["a\0b"] },
    { read: [new URL("file:///a%00b")] },
    { env: ["A=B"] },
    { env: ["A,B"] },
    { sys: ["nonsense"] },
    { net: ["https://a.org/"] },
    { net: ["a.org:99999"] },
    { net: ["a.org:http"] },
    { net: ["a b"] },
    { net: [":80"] },
    { net: ["::1"] },
  ];
  for (const wanted of wrongValue) {
    assertThrows(() => childPermissionFlags(wanted, undefined, []), RangeError, "well-formed");
  }
});

Deno.test("childPermissionFlags() writes a comma in a path as Deno reads it, or refuses", async () => {
  const wanted = { read: ["/tmp/a,b"] };
  if (!HAS_COMMA_ESCAPE) {
    assertThrows(() => childPermissionFlags(wanted, undefined, []), NotSupportedError, "/tmp/a,b");
    assertThrows(() => childPermissionFlags({ sys: ["inspector"] }, undefined, []), NotSupportedError, "inspector");
    return;
  }
  const queries: Query[] = [["read", "/tmp/a,b"], ["read", "/tmp/a"]];
  assertEquals(await held(["-A"], wanted, undefined, queries), ["granted", "prompt"]);
  const known = ["--allow-read=/tmp/a,,b,/etc"];
  assertEquals(await given(known, "inherit", known), known);
});

// -- Workers --

/** What a worker with these permissions really holds under a parent with these flags. */
async function heldByWorker(parent: string[], wanted: ProcessPermissions, queries: readonly Query[]): Promise<unknown> {
  const source = `const names = { read: "path", env: "variable", net: "host", import: "host" };
    postMessage(${JSON.stringify(queries)}.map(([name, entry]) =>
      Deno.permissions.querySync(entry === undefined ? { name } : { name, [names[name]]: entry }).state))`;
  const { value, error } = await runUnder(
    ["--unstable-worker-options", ...parent],
    `new Promise((resolve) => {
      const worker = new Worker("data:application/javascript," + encodeURIComponent(${JSON.stringify(source)}),
        { type: "module", deno: { permissions: workerPermissionOptions(${JSON.stringify(wanted)}, true) } });
      worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
    })`,
  );
  return error ?? value;
}

Deno.test("workerPermissionOptions() passes nothing where all is inherited", () => {
  assertEquals(workerPermissionOptions("inherit", false), undefined);
  const each = Object.fromEntries(KINDS.map((kind) => [kind, "inherit"]));
  assertEquals(workerPermissionOptions(each, false), undefined);
});

Deno.test("workerPermissionOptions() refuses a narrower set without worker options, naming the flag", () => {
  for (const wanted of ["none", {}, { read: true }] as const) {
    const { message } = assertThrows(() => workerPermissionOptions(wanted, false), NotSupportedError);
    assertStringIncludes(message, 'setExecutable(Deno.execPath(), { args: ["--unstable-worker-options"] })');
    assertStringIncludes(message, '"spawn"');
  }
});

Deno.test("workerPermissionOptions() gives a set that Deno applies", async () => {
  const queries: Query[] = [["read"], ["read", "/tmp"], ["env"], ["env", "HOME"], ["net"], ["import", "jsr.io:443"]];
  const bare = ["prompt", "prompt", "prompt", "prompt", "prompt", "prompt"];
  assertEquals(await heldByWorker(["-A"], "none", queries), bare);
  assertEquals(await heldByWorker(["-A"], {}, queries), bare);
  assertEquals(await heldByWorker(["-A"], { read: ["/tmp"], env: true, net: [] }, queries), [
    "prompt",
    "granted",
    "granted",
    "granted",
    "prompt",
    "prompt",
  ]);
  assertEquals(
    await heldByWorker(["--allow-read", "--deny-read=/tmp/x", "--allow-env=HOME"], { read: true, env: "inherit" }, [
      ["read", "/tmp/x"],
      ["read", "/etc"],
      ["env", "HOME"],
    ]),
    ["denied", "granted", "granted"],
  );
});

Deno.test("workerPermissionOptions() refuses what this thread does not hold, naming the flag", async () => {
  const cases: [string[], ProcessPermissions, string][] = [
    [["--allow-read=/tmp"], { read: ["/tmp", "/etc"] }, "--allow-read=/etc"],
    [["--allow-read=/tmp"], { read: true }, "--allow-read"],
    [["--allow-read", "--deny-read=/tmp/x"], { read: ["/tmp"] }, "--allow-read=/tmp and without --deny-read"],
    [["--allow-net=*.a.org"], { net: ["*.a.org"] }, "--allow-net=*.a.org"],
  ];
  for (const [parent, wanted, flag] of cases) {
    const error = String(await heldByWorker(parent, wanted, []));
    assertStringIncludes(error, "NotCapable: Cannot give the worker ");
    assertStringIncludes(error, `; start it with ${flag}`);
  }
});

// -- Starting at all --

Deno.test("spawnRefusal() names the flag where the executable may not be run", async () => {
  const executable = Deno.execPath();
  assertEquals(spawnRefusal(executable), undefined);
  const call = `spawnRefusal(${JSON.stringify(executable)})?.message`;
  assertStringIncludes(String((await runUnder([], call)).value), `--allow-run=${executable},`);
  assertEquals((await runUnder([`--allow-run=${executable}`], call)).value, undefined);
  assertStringIncludes(String((await runUnder(["--allow-run=/bin/ls"], call)).value), "--allow-run=");
});

Deno.test("isPermissionFlag() tells permission flags from all others", () => {
  for (
    const flag of [
      "-A",
      "--allow-all",
      "--allow-read",
      "--deny-net=a",
      "--ignore-env",
      "-RW=/x",
      "-E",
      "-P=x",
      "--no-prompt",
      "-qA",
      "-RA",
      "-qR=/x",
      "-rPq",
    ]
  ) {
    assert(isPermissionFlag(flag), flag);
  }
  for (
    const flag of [
      "--unstable-kv",
      "--config=a",
      "--allow-scripts",
      "-c",
      "-r",
      "--v8-flags=-A",
      "main.ts",
      "-cREAD.json",
      "-qLAll",
      "-r=A",
    ]
  ) {
    assert(!isPermissionFlag(flag), flag);
  }
});
