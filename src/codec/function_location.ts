/**
 * Which module a function was written in, as the debugger knows it. Needs `sys` permission for the inspector; costs about
 * 40 ms at the first use and 4 ms afterwards, so it comes last. No debugger has to be attached and no port is opened.
 *
 * @module
 */

/** The part of `node:inspector` that is used. */
interface InspectorSession {
  connect(): void;
  disconnect(): void;
  on(event: string, listener: (message: { params: { scriptId: string; url: string } }) => void): void;
  post(method: string, params: object, callback: (error: Error | null, result?: unknown) => void): void;
}

/** The part of Node's `process` that is used. It is not imported: that would load it at start-up. */
interface NodeProcess {
  nextTick: unknown;
  getBuiltinModule(name: string): unknown;
}

/** Where the function lies while the debugger is asked; it can be asked about globals only. */
const SLOT = Symbol.for("@multiprocessing/deno function to locate");

/** Answers so far, `undefined` included. */
const located = new WeakMap<object, { readonly url: string | undefined }>();

/** Whether the debugger may be asked without anybody being prompted. */
export function mayInspect(): boolean {
  // What is typed there runs within a request of the debugger, and a request made within another aborts Deno.
  if (Deno.mainModule?.endsWith("/$deno$repl.mts")) return false;
  // Deno has known this name since 2.8, its type declarations do not.
  const descriptor = { name: "sys", kind: "inspector" } as unknown as Deno.SysPermissionDescriptor;
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/** URL of the module whose text contains `callable`; `undefined` for built-ins, or when it cannot be found out. */
export function locationOf(callable: object): string | undefined {
  const known = located.get(callable) ?? { url: tryInspect(callable) };
  located.set(callable, known);
  return known.url;
}

function tryInspect(callable: object): string | undefined {
  try {
    return inspect(callable);
  } catch {
    // It is a last resort: where it fails, the caller says what the program can do instead.
    return undefined;
  }
}

function inspect(callable: object): string | undefined {
  const node: NodeProcess = Reflect.get(globalThis, "process");
  const { Session } = node.getBuiltinModule("node:inspector") as { Session: new () => InspectorSession };
  const session = new Session();
  const scripts = new Map<string, string>();
  session.on("Debugger.scriptParsed", ({ params }) => scripts.set(params.scriptId, params.url));
  session.connect();
  try {
    ask(node, session, "Debugger.enable", {});
    const script = scriptIdOf(callable, (method, params) => ask(node, session, method, params));
    const url = script === undefined ? undefined : scripts.get(script);
    return url !== undefined && URL.canParse(url) ? url : undefined;
  } finally {
    session.disconnect();
  }
}

function scriptIdOf(callable: object, ask: (method: string, params: object) => unknown): string | undefined {
  Reflect.set(globalThis, SLOT, callable);
  try {
    const found = ask("Runtime.evaluate", {
      expression: `globalThis[Symbol.for(${JSON.stringify(SLOT.description)})]`,
    });
    const { result } = found as { result: { objectId: string } };
    const answer = ask("Runtime.getProperties", { objectId: result.objectId, ownProperties: true });
    const { internalProperties = [] } = answer as {
      internalProperties?: { name: string; value: { value: unknown } }[];
    };
    const location = internalProperties.find(({ name }) => name === "[[FunctionLocation]]");
    return (location?.value.value as { scriptId: string } | undefined)?.scriptId;
  } finally {
    Reflect.deleteProperty(globalThis, SLOT);
  }
}

/**
 * One request, answered before it returns. The engine answers at once; the session hands answers on by `process.nextTick`,
 * which is therefore caught for this call. They must be handed on after it: a request made within another aborts Deno.
 */
function ask(node: NodeProcess, session: InspectorSession, method: string, params: object): unknown {
  const caught: (() => void)[] = [];
  const failures: Error[] = [];
  let answer: unknown;
  const { nextTick } = node;
  node.nextTick = (callback: () => void) => caught.push(callback);
  try {
    session.post(method, params, (error, result) => {
      answer = result;
      if (error !== null) failures.push(error);
    });
  } finally {
    node.nextTick = nextTick;
  }
  for (const callback of caught) callback();
  if (failures[0] !== undefined) throw failures[0];
  if (answer === undefined) throw new Error(`Cannot ask the inspector: it did not answer ${method}`);
  return answer;
}
