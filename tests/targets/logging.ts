/** What children tell of the log that they have. */
import { type Connection, getContext, getLogger, share } from "../../mod.ts";

/** The log as a process finds it. */
export interface LogFacts {
  readonly level: number;
  readonly effective: number;
  readonly handlers: number;
}

/** Sends how the log is here. */
export async function sendLog(to: Connection<LogFacts>): Promise<void> {
  const logger = getLogger();
  await to.send({ level: logger.level, effective: logger.getEffectiveLevel(), handlers: logger.handlers.length });
}

/** Has a child send how the log is there. */
export async function sendLogOfChild(to: Connection<LogFacts>): Promise<void> {
  const process = new (getContext().Process)({ target: sendLog, args: [to] });
  await process.start();
  await process.join();
}

share(import.meta, { sendLog, sendLogOfChild });
