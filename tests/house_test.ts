/** The house rules over src that a machine can hold: the order of the folders, the seams, the wording of errors. */
import { assert, assertEquals } from "@std/assert";

/** A file imports from its own place or from one further left; the entries are named in mod.ts so that JSR ships them. */
const CHAIN = [
  "base",
  "codec",
  "memory",
  "sync",
  "channel",
  "process",
  "queue",
  "pool",
  "managers",
  "surface.ts",
  "context.ts",
  "dummy.ts",
  "entry",
  "mod.ts",
] as const;

/** Files besides those of each rule that may do what the rule reserves, with the reason. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  spawning: [
    "src/process/keeper.ts", // starts the fork server, which all of its launches share
    "src/process/parent_watch.ts", // asks for a Worker that Deno refuses by ending the process
    "src/base/thread_source.ts", // helper threads that run no user code
  ],
  timer: [
    "src/base/deadline.ts", // the rule's own place
    "src/process/parent_watch.ts", // how long an idle process may take to end itself when its parent is gone (2.8)
    "src/process/keeper.ts", // idle processes go after a quiet time; nobody waits for it
  ],
  console: [
    "src/pool/unclosed.ts", // warns as Python does
    "src/process/bootstrap.ts", // prints the uncaught error of a child, as Python does
  ],
  launchers: [
    "src/process/start_method.ts", // chooses
  ],
  function: [
    "src/process/keeper.ts", // run from its text in a thread, so it can name nothing outside of itself
    "src/sync/futex_thread.ts", // the same
  ],
};

const MAX_LINES = 400;
const MAX_FUNCTION_LINES = 40;
const ROOT = new URL("../", import.meta.url);

/** One thing that a rule looks at. */
interface Fact {
  readonly kind:
    | "import"
    | "any"
    | "spawning"
    | "memory wait"
    | "timer"
    | "console"
    | "error"
    | "private"
    | "function"
    | "empty catch";
  /** What was found: the specifier, the name, the message. */
  readonly text: string;
  /** Line of the file, from 1. */
  readonly line: number;
}

/** A file of the library and what stands in it. */
interface SourceFile {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
  readonly facts: readonly Fact[];
}

const files = await readSources();
const paths = new Set(files.map(({ path }) => path));

Deno.test("Every folder of src has its place in the chain of layers", () => {
  assert(files.length > 1, "no sources were found");
  assertNone(files.filter(({ path }) => rank(path) < 0).map(({ path }) => `${path}:1 is in no layer`));
});

Deno.test("Imports go only leftwards along the chain of layers", () => {
  assertNone(offences("import", ({ path }, { text }) => {
    const target = resolve(path, text);
    return target !== undefined && rank(target) > rank(path);
  }, "imports from the right"));
});

Deno.test("The library imports nothing but its own files, and each by a path that exists", () => {
  assertNone(offences("import", ({ path }, { text }) => {
    const target = resolve(path, text);
    return target === undefined || !paths.has(target);
  }, "imports what is no file of the library"));
});

Deno.test("No modules import each other in a circle, types included", () => {
  assertNone(circles());
});

Deno.test("A file whose name begins with _ is imported in its own folder only", () => {
  assertNone(offences("import", ({ path }, { text }) => {
    const target = resolve(path, text);
    return target !== undefined && /\/_[^/]*$/.test(target) && folderOf(target) !== folderOf(path);
  }, "imports a private file"));
});

Deno.test("Only the file that chooses knows more than one launcher", () => {
  const launchers = ({ facts }: SourceFile) => facts.filter(({ kind, text }) => kind === "import" && isLauncher(text));
  const knowing = files.filter((file) => new Set(launchers(file).map(({ text }) => text)).size > 1);
  assertEquals(knowing.map(({ path }) => path), ALLOWED["launchers"]);
});

Deno.test("No type is any", () => {
  assertNone(offences("any", () => true, "uses"));
});

Deno.test("Only launchers create a Deno.Command or a Worker", () => {
  assertNone(offences("spawning", ({ path }) => !isLauncher(path) && !isAllowed("spawning", path), "creates"));
});

Deno.test("Only src/sync waits on memory", () => {
  assertNone(offences("memory wait", ({ path }) => !path.startsWith("src/sync/"), "calls"));
});

Deno.test("Only src/base/deadline.ts and the files named here start a timer", () => {
  assertNone(offences("timer", ({ path }) => !isAllowed("timer", path), "calls"));
});

Deno.test("Only the files named here write to the console", () => {
  assertNone(offences("console", ({ path }) => !isAllowed("console", path), "calls"));
});

Deno.test("Every exception named here is still one", () => {
  const needs = (path: string, kind: string) =>
    files.some((file) => file.path === path && file.facts.some((fact) => fact.kind === kind));
  const needless = Object.entries(ALLOWED).filter(([kind]) => kind !== "launchers").flatMap(([kind, allowed]) =>
    allowed.filter((path) => !needs(path, kind)).map((path) => `${path}:1 needs no exception for "${kind}"`)
  );
  assertNone(needless);
});

Deno.test("Error messages begin with a capital and have no final period", () => {
  assertNone(
    offences("error", (_, { text }) => !/^(\p{Lu}|\$\{)/u.test(text) || /\.\s*$/.test(text), "words an error"),
  );
});

Deno.test("Members are #private, never private; only a constructor cannot be", () => {
  assertNone(offences("private", () => true, "uses"));
});

Deno.test("An ignored error says why", () => {
  assertNone(offences("empty catch", () => true, "ignores an error without a reason:"));
});

Deno.test(`No file is longer than ${MAX_LINES} lines`, () => {
  const long = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }));
  assertNone(
    long.filter(({ lines }) => lines > MAX_LINES).map(({ path, lines }) => `${path}:${lines} has ${lines} lines`),
  );
});

Deno.test(`No function is longer than ${MAX_FUNCTION_LINES} lines`, () => {
  assertNone(
    offences(
      "function",
      ({ path }, { text }) => Number(text) > MAX_FUNCTION_LINES && !isAllowed("function", path),
      "has a function of lines:",
    ),
  );
});

Deno.test("The rules see what they look for", () => {
  const facts = factsOf(
    "src/x.ts",
    [
      'import { a } from "./a.ts"; export { b } from "./b.ts"; export type * from "./c.ts"; // …',
      "let x: any; private_; new Worker(x); new Deno.Command(x); Atomics.wait(x, 0, 0); setTimeout(x, 1);",
      'throw new TypeError("a" + `${x} b.`); const m = await import("./d.ts"); console.log(1); try { m } catch {}',
      "class A { private y = 1; z(): import('./e.ts').E { return 1; } }",
    ].join("\n"),
  );
  assertEquals(
    facts.filter(({ kind }) => kind !== "function").map(({ kind, text, line }) => `${line} ${kind} ${text}`),
    [
      "1 import ./a.ts",
      "1 import ./b.ts",
      "1 import ./c.ts",
      "2 any any",
      "2 spawning Worker",
      "2 spawning Deno.Command",
      "2 memory wait Atomics.wait",
      "2 timer setTimeout",
      "3 error a${…} b.",
      "3 import ./d.ts",
      "3 console console.log",
      "3 empty catch catch {}",
      "4 private y",
      "4 import ./e.ts",
    ],
  );
});

function assertNone(found: readonly string[]): void {
  assert(found.length === 0, `\n  ${found.join("\n  ")}\n`);
}

function offences(kind: Fact["kind"], isOne: (file: SourceFile, fact: Fact) => boolean, does: string): string[] {
  return files.flatMap((file) =>
    file.facts.filter((fact) => fact.kind === kind && isOne(file, fact))
      .map((fact) => `${file.path}:${fact.line} ${does} ${fact.text}`)
  );
}

function isLauncher(path: string): boolean {
  return /\/launch_\w+\.ts$/.test(path);
}

function isAllowed(kind: string, path: string): boolean {
  return ALLOWED[kind]?.includes(path) ?? false;
}

function rank(path: string): number {
  const place = path.startsWith("src/") ? path.split("/")[1] : path;
  return CHAIN.findIndex((each) => each === place);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** The path from the root of what a file imports, unless that is none of the project's files. */
function resolve(from: string, specifier: string): string | undefined {
  if (!/^\.\.?\//.test(specifier)) return undefined;
  const { href } = new URL(specifier, new URL(from, ROOT));
  return href.startsWith(ROOT.href) ? href.slice(ROOT.href.length) : undefined;
}

/** Each circle once, as the way round it; found by walking on from every file that no walk has left yet. */
function circles(): string[] {
  const imports = new Map(
    files.map(({ path, facts }) => [
      path,
      facts.filter(({ kind }) => kind === "import").map(({ text, line }) => ({ line, to: resolve(path, text) })),
    ]),
  );
  const left = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, way: readonly { readonly path: string; readonly line: number }[]) => {
    const start = way.findIndex((step) => step.path === path);
    if (start >= 0) {
      const steps = way.slice(start).map((step) => `${step.path}:${step.line}`);
      found.push(`${steps.join(" -> ")} -> ${path}`);
      return;
    }
    if (left.has(path)) return;
    for (const { to, line } of imports.get(path) ?? []) if (to !== undefined) walk(to, [...way, { path, line }]);
    left.add(path);
  };
  for (const path of imports.keys()) walk(path, []);
  return found;
}

async function readSources(): Promise<SourceFile[]> {
  const found = ["mod.ts"];
  const list = async (folder: string) => {
    for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
      if (entry.isDirectory) await list(`${folder}${entry.name}/`);
      else if (entry.name.endsWith(".ts")) found.push(`${folder}${entry.name}`);
    }
  };
  await list("src/");
  return await Promise.all(
    found.sort().map(async (path) => {
      const text = await Deno.readTextFile(new URL(path, ROOT));
      return { path, text, facts: factsOf(path, text) };
    }),
  );
}

function factsOf(path: string, text: string): Fact[] {
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  return Deno.lint.runPlugin(factFinder(text), path, text).sort((a, b) => a.range[0] - b.range[0])
    .map(({ message, range }) => {
      const [kind, ...words] = message.split("\t");
      return { kind: kind as Fact["kind"], text: words.join("\t"), line: lineAt(range[0]) };
    });
}

/** Deno's parser is within reach only as a lint plugin, whose messages carry the facts: the kind, a tab, the text. */
function factFinder(source: string): Deno.lint.Plugin {
  const create = (context: Deno.lint.RuleContext): Deno.lint.LintVisitor => {
    const tell = (node: Deno.lint.Node, kind: Fact["kind"], text: string) =>
      context.report({ node, message: `${kind}\t${text}` });
    const tellImport = (node: Deno.lint.Node, from: Deno.lint.Node | null) => {
      if (from?.type === "Literal") tell(node, "import", String(from.value));
    };
    const tellLength = (node: Deno.lint.Node) =>
      tell(node, "function", String(source.slice(...node.range).split("\n").length));
    return {
      ImportDeclaration: (node) => tellImport(node, node.source),
      ExportAllDeclaration: (node) => tellImport(node, node.source),
      ExportNamedDeclaration: (node) => tellImport(node, node.source),
      ImportExpression: (node) => tellImport(node, node.source),
      TSImportType: (node) => tellImport(node, node.argument.type === "TSLiteralType" ? node.argument.literal : null),
      TSAnyKeyword: (node) => tell(node, "any", "any"),
      FunctionDeclaration: tellLength,
      FunctionExpression: tellLength,
      ArrowFunctionExpression: tellLength,
      NewExpression: (node) => {
        const name = source.slice(...node.callee.range);
        if (/^(globalThis\.)?Worker$|^Deno\.Command$/.test(name)) tell(node, "spawning", name);
        // An error that is kept is the reason within another one's message.
        const isKept = node.parent.type === "AssignmentExpression";
        if (isErrorName(name) && !isKept && node.arguments[0] !== undefined) {
          tell(node, "error", wording(node.arguments[0]));
        }
      },
      CallExpression: (node) => {
        const name = source.slice(...node.callee.range);
        if (/^Atomics\.wait(Async)?$/.test(name)) tell(node, "memory wait", name);
        if (/^(globalThis\.)?set(Timeout|Interval)$/.test(name)) tell(node, "timer", name);
        if (/^console\./.test(name)) tell(node, "console", name);
      },
      CatchClause: (node) => {
        if (/\{\s*\}$/.test(source.slice(...node.range))) tell(node, "empty catch", "catch {}");
      },
      PropertyDefinition: (node) => tellAccess(node, tell, source),
      MethodDefinition: (node) => tellAccess(node, tell, source),
    };
  };
  return { name: "house", rules: { facts: { create } } };
}

function tellAccess(
  node: Deno.lint.PropertyDefinition | Deno.lint.MethodDefinition,
  tell: (node: Deno.lint.Node, kind: Fact["kind"], text: string) => void,
  source: string,
): void {
  const name = source.slice(...node.key.range);
  if (node.accessibility === "private" && name !== "constructor") tell(node, "private", name);
}

function isErrorName(name: string): boolean {
  return /^(\w*Error|BufferTooShort|Empty|Full|ShutDown|Deno\.errors\.\w+)$/.test(name);
}

/** The text of a message as far as it stands in the source; what is put in at run time is `${…}`. */
function wording(node: Deno.lint.Node): string {
  if (node.type === "Literal") return String(node.value);
  if (node.type === "TemplateLiteral") return node.quasis.map(({ cooked }) => cooked).join("${…}");
  if (node.type === "BinaryExpression" && node.operator === "+") return wording(node.left) + wording(node.right);
  return "${…}";
}
