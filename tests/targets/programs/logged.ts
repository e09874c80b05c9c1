/** Logs as `examples/` do: the start method and what is wanted are its arguments. */
import { type Context, DEBUG, getContext, getLogger, INFO, logToStderr, type StartMethod } from "../../../mod.ts";

const [method, wanted] = Deno.args;

// Asked for in the main process only: children may not have the permission for it.
function context(): Context {
  return getContext(method as StartMethod);
}

/** Does some work. */
export function work(): void {
  console.log("Doing some work");
}

/** Says that it runs, then waits for ever. */
export async function serve(running: { set(): Promise<void> }): Promise<void> {
  await running.set();
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

/** Logs long lines. */
export function logLines(letter: string): void {
  for (let line = 0; line < 40; line++) getLogger().warning(letter.repeat(2000));
}

async function run(target: () => void): Promise<void> {
  const process = new (context().Process)({ target });
  await process.start();
  await process.join();
}

async function logDaemon(): Promise<void> {
  const running = new (context().Event)();
  await new (context().Process)({ target: serve, args: [running], daemon: true }).start();
  await running.wait();
}

async function logMany(): Promise<void> {
  const processes = ["a", "b", "c"].map((letter) => new (context().Process)({ target: logLines, args: [letter] }));
  await Promise.all(processes.map((process) => process.start()));
  await Promise.all(processes.map((process) => process.join()));
}

function mishandle(): never {
  throw new RangeError("no room");
}

if (import.meta.main) {
  if (wanted === "handlers") {
    const logger = getLogger();
    logger.error("nobody listens");
    logger.info("nobody wants it");
    logger.addHandler(mishandle);
    logger.warning("lost");
    logger.removeHandler(mishandle);
    logToStderr();
    logToStderr().warning("doomed");
  } else if (wanted === "many") {
    logToStderr();
    await logMany();
  } else {
    logToStderr(wanted === "info" ? INFO : DEBUG);
    await run(work);
    if (wanted === "daemon") await logDaemon();
  }
}
