/** The part of `@std/testing/bdd` that a checkout needs: suites become steps of one `Deno.test`. */

type Body = (t: Deno.TestContext) => void | Promise<void>;
type Hook = () => void | Promise<void>;

interface Suite {
  readonly beforeAll: Hook[];
  readonly afterAll: Hook[];
  readonly beforeEach: Hook[];
  readonly afterEach: Hook[];
  readonly steps: { readonly name: string; readonly run: Body; readonly ignore: boolean }[];
  readonly parent: Suite | undefined;
}

/** A function that registers, with the twin that registers as ignored. */
export interface Registrar<F> {
  (name: string, fn: F): void;
  ignore(name: string, fn: F): void;
  skip(name: string, fn: F): void;
}

let current: Suite | undefined;

/** Registers a group of tests. */
export const describe: Registrar<() => void> = registrar((name, define, ignore) => {
  const suite = newSuite(current);
  const outer = current;
  current = suite;
  try {
    define();
  } finally {
    current = outer;
  }
  register(name, (t) => runSuite(suite, t), ignore);
});

/** Registers a test. */
export const it: Registrar<Body> = registrar((name, body, ignore) => {
  const suite = current;
  register(name, suite ? (t) => runCase(suite, body, t) : body, ignore);
});

/** As {@linkcode it}. */
export const test: Registrar<Body> = it;

/** Runs before the first test of the group. */
export function beforeAll(hook: Hook): void {
  openSuite().beforeAll.push(hook);
}

/** Runs after the last test of the group. */
export function afterAll(hook: Hook): void {
  openSuite().afterAll.push(hook);
}

/** Runs before each test of the group and of groups in it. */
export function beforeEach(hook: Hook): void {
  openSuite().beforeEach.push(hook);
}

/** Runs after each test of the group and of groups in it. */
export function afterEach(hook: Hook): void {
  openSuite().afterEach.push(hook);
}

function registrar<F>(add: (name: string, fn: F, ignore: boolean) => void): Registrar<F> {
  const ignored = (name: string, fn: F) => add(name, fn, true);
  return Object.assign((name: string, fn: F) => add(name, fn, false), { ignore: ignored, skip: ignored });
}

function newSuite(parent: Suite | undefined): Suite {
  return { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [], steps: [], parent };
}

function openSuite(): Suite {
  if (!current) throw new Error("Cannot add a hook: no describe() is being defined, call it inside of one");
  return current;
}

function register(name: string, run: Body, ignore: boolean): void {
  if (current) current.steps.push({ name, run, ignore });
  else Deno.test({ name, fn: run, ignore });
}

async function runSuite(suite: Suite, t: Deno.TestContext): Promise<void> {
  for (const hook of suite.beforeAll) await hook();
  try {
    for (const { name, run, ignore } of suite.steps) await t.step({ name, fn: run, ignore });
  } finally {
    for (const hook of suite.afterAll) await hook();
  }
}

async function runCase(suite: Suite, body: Body, t: Deno.TestContext): Promise<void> {
  const chain: Suite[] = [];
  for (let each: Suite | undefined = suite; each; each = each.parent) chain.unshift(each);
  for (const { beforeEach } of chain) for (const hook of beforeEach) await hook();
  try {
    await body(t);
  } finally {
    for (const { afterEach } of chain.reverse()) for (const hook of afterEach) await hook();
  }
}
