/** Programs that are ended in the middle of their lives, and what is left of them. */
import { assert, assertEquals } from "@std/assert";
import { HANG_MS } from "./methods.ts";
import { programUrl } from "./program.ts";
import { until, within } from "./within.ts";

/** What the issue allows a family to outlive its root. */
const GONE_MS = 2_000;
/** How long the machine of that figure takes to start a deno. */
const START_MS = 60;

/** A running program with children and grandchildren. */
export interface Family extends AsyncDisposable {
  readonly root: Deno.ChildProcess;
  /** The processes that it told of, without the root. */
  readonly told: readonly number[];
  /** Lets the root end in the way it was started for. */
  release(): Promise<void>;
  /** Waits until no process of it is left, and looks for what else it left behind. */
  assertGone(): Promise<Ending>;
}

/** How the root ended, and all that its whole family wrote after it was ready. */
export interface Ending {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts tests/targets/programs/family.ts; see there for its arguments. */
export async function startFamily(how: string, ...members: string[]): Promise<Family> {
  const mark = `MP_FAMILY=${crypto.randomUUID()}`;
  const temp = await Deno.makeTempDir();
  const root = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", programUrl("family.ts").href, how, ...members],
    // Every process below it has these too, unless it was given other variables.
    env: { MP_FAMILY: mark.slice(mark.indexOf("=") + 1), TMPDIR: temp, NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    // As a shell does with a job: a process group of its own.
    detached: true,
  }).spawn();
  const stdin = root.stdin.getWriter();
  const stderr = textOf(root.stderr);
  const stdout = root.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const clear = async () => {
    for (const pid of marked(mark)) kill(pid);
    await stdin.close().catch(() => {});
    await root.status;
    await Deno.remove(temp, { recursive: true }).catch(() => {});
  };
  try {
    const told = await within(HANG_MS, readReady(stdout));
    return {
      root,
      told,
      release: () => stdin.write(new Uint8Array(1)),
      assertGone: async () => {
        const { code, signal } = await within(HANG_MS, root.status);
        await goneWithin(() => marked(mark));
        assertEquals(Array.from(Deno.readDirSync(temp), ({ name }) => name), []);
        return { code, signal, stdout: await rest(stdout), stderr: await stderr };
      },
      [Symbol.asyncDispose]: clear,
    };
  } catch (error) {
    await clear();
    throw error;
  }
}

/** Waits until no process is left, two seconds on the machine of the figures, longer on a slower one. */
export async function goneWithin(left: () => number[]): Promise<void> {
  const limit = GONE_MS * await slowness();
  await until(limit, () => left().length === 0).catch(() => {});
  assertEquals(left().map(describe), [], `still there after ${limit} ms`);
}

/** All processes of the family that run now. */
export function processesOf(family: Family): number[] {
  const environ = Deno.readTextFileSync(`/proc/${family.root.pid}/environ`);
  const mark = environ.split("\0").find((each) => each.startsWith("MP_FAMILY="));
  assert(mark !== undefined);
  return marked(mark);
}

/** Whether a process runs. One that has ended and that nobody asked for is no process any more. */
export function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

/** The processes with a variable in their environment. */
function marked(mark: string): number[] {
  const pids = Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name)).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      return Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0").includes(mark) && runs(pid);
    } catch {
      // Ended meanwhile, or somebody else's.
      return false;
    }
  });
}

function describe(pid: number): string {
  try {
    return `${pid} ${Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ").slice(-120)}`;
  } catch {
    return String(pid);
  }
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It was faster.
  }
}

/** How much slower than the machine of the figures this one is now, at least 1. */
async function slowness(): Promise<number> {
  const started = performance.now();
  await new Deno.Command(Deno.execPath(), { args: ["eval", "--no-config", ""], stdin: "null" }).output();
  return Math.max(1, (performance.now() - started) / START_MS);
}

async function readReady(stdout: ReadableStreamDefaultReader<string>): Promise<number[]> {
  let text = "";
  while (!text.endsWith("\n")) {
    const { value, done } = await stdout.read();
    if (done) throw new Error(`Cannot start the family: it ended, having written ${JSON.stringify(text)}`);
    text += value;
  }
  const [word, ...pids] = text.trim().split(" ");
  assertEquals(word, "ready");
  return pids.map(Number);
}

async function rest(stdout: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = "";
  for (;;) {
    const { value, done } = await within(HANG_MS, stdout.read());
    if (done) return text;
    text += value;
  }
}

function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return new Response(stream).text();
}
