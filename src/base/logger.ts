/**
 * The log of the module and of whoever uses it. Nobody sees it until a level is set and there is a handler.
 *
 * @module
 */

import { format } from "./format.ts";
import { identity } from "./identity.ts";

/** Level 0: as the root of Python's loggers, which is {@linkcode WARNING}. */
export const NOTSET = 0;
/** Level 5, the module's own steps in detail. */
export const SUBDEBUG = 5;
/** Level 10. */
export const DEBUG = 10;
/** Level 20. */
export const INFO = 20;
/** Level 25. */
export const SUBWARNING = 25;
/** Level 30. */
export const WARNING = 30;
/** Level 40. */
export const ERROR = 40;
/** Level 50. */
export const CRITICAL = 50;

/** The names of levels. */
export type LogLevelName = "NOTSET" | "SUBDEBUG" | "DEBUG" | "INFO" | "SUBWARNING" | "WARNING" | "ERROR" | "CRITICAL";

const LEVELS: Readonly<Record<LogLevelName, number>> = {
  NOTSET,
  SUBDEBUG,
  DEBUG,
  INFO,
  SUBWARNING,
  WARNING,
  ERROR,
  CRITICAL,
};
const NAMES = new Map<number, string>(Object.entries(LEVELS).map(([name, level]) => [level, name]));

/** A level: its number, or the name of one that has a name. */
export type LogLevel = number | LogLevelName;

/** What takes records: a function, or an object with one. */
export type LogHandler = ((record: LogRecord) => void) | { emit(record: LogRecord): void };

/** One line of the log. */
export class LogRecord {
  /** `"multiprocessing"`. */
  readonly name: string;
  /** Its level. */
  readonly level: number;
  /** Its text. */
  readonly message: string;
  /** Name of the process that logged it. */
  readonly processName: string = identity.name;
  /** Id of the OS process that logged it. */
  readonly pid: number = Deno.pid;
  /** When, in milliseconds since 1970. */
  readonly created: number = Date.now();
  // Its text is made only if somebody asks.
  readonly #trace = new Error();

  /** Records are made by a {@linkcode Logger}. */
  constructor(name: string, level: number, message: string) {
    this.name = name;
    this.level = level;
    this.message = message;
  }

  /** Name of the level: `"INFO"`, or `"Level 32"`. */
  get levelName(): string {
    return NAMES.get(this.level) ?? `Level ${this.level}`;
  }

  /** Name of the file that logged it. */
  get fileName(): string {
    const frames = (this.#trace.stack ?? "").split("\n").slice(1);
    const caller = frames.find((frame) => !frame.includes(import.meta.url)) ?? "";
    return /([^/\\(]+?)(:\d+)*\)?$/.exec(caller)?.[1] ?? "";
  }

  /** `[LEVEL/ProcessName] message`. */
  toString(): string {
    return `[${this.levelName}/${this.processName}] ${this.message}`;
  }
}

/**
 * The one logger of a process, as Python's `multiprocessing.get_logger()` gives it. Messages are put together as `console.log` does,
 * but only if they are wanted. Without a handler, warnings and what is worse are written to standard error as they are.
 *
 * @example Records as they come
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getLogger, type LogRecord } from "@multiprocessing/deno";
 *
 * const logger = getLogger();
 * const lines: string[] = [];
 * const handler = (record: LogRecord) => void lines.push(String(record));
 * logger.addHandler(handler);
 * logger.warning("only %d left", 3);
 * logger.debug("not wanted");
 * logger.removeHandler(handler);
 * assertEquals(lines, ["[WARNING/MainProcess] only 3 left"]);
 * ```
 */
export class Logger {
  /** Its name. */
  readonly name: string = "multiprocessing";
  /** Nobody else gets its records. */
  readonly propagate: boolean = false;
  #level: number = NOTSET;
  #handlers: readonly LogHandler[] = [];

  /** The level that was set: `NOTSET` at first. */
  get level(): number {
    return this.#level;
  }

  /** What takes the records, in the order in which it was added. */
  get handlers(): readonly LogHandler[] {
    return this.#handlers;
  }

  /**
   * Sets the level below which nothing is logged. Processes that are started from now on have it too.
   *
   * @throws {TypeError} If it is neither a whole number nor the name of a level.
   */
  setLevel(level: LogLevel): void {
    this.#level = levelOf(level);
  }

  /** The level below which nothing is logged: the one that was set, else `WARNING`. */
  getEffectiveLevel(): number {
    return this.#level === NOTSET ? WARNING : this.#level;
  }

  /** Whether a record of this level would be logged. */
  isEnabledFor(level: LogLevel): boolean {
    return levelOf(level) >= this.getEffectiveLevel();
  }

  /**
   * Has records taken by a handler besides; one that is there already is not added again. Other processes do not get it.
   *
   * @throws {TypeError} If it is neither a function nor an object with a method `emit`.
   */
  addHandler(handler: LogHandler): void {
    if (typeof handler !== "function" && typeof handler?.emit !== "function") {
      throw new TypeError(
        `Cannot add a log handler: received ${
          Deno.inspect(handler, { depth: 0 })
        }; pass a function or { emit(record) {} }`,
      );
    }
    if (!this.#handlers.includes(handler)) this.#handlers = [...this.#handlers, handler];
  }

  /** Takes a handler away; nothing happens if it is not there. */
  removeHandler(handler: LogHandler): void {
    this.#handlers = this.#handlers.filter((each) => each !== handler);
  }

  /** Logs at a level of your choice. */
  log(level: LogLevel, ...message: unknown[]): void {
    this.#log(levelOf(level), message);
  }

  /** Logs at level 5. */
  subDebug(...message: unknown[]): void {
    this.#log(SUBDEBUG, message);
  }

  /** Logs at level 10. */
  debug(...message: unknown[]): void {
    this.#log(DEBUG, message);
  }

  /** Logs at level 20. */
  info(...message: unknown[]): void {
    this.#log(INFO, message);
  }

  /** Logs at level 25. */
  subWarning(...message: unknown[]): void {
    this.#log(SUBWARNING, message);
  }

  /** Logs at level 30. */
  warning(...message: unknown[]): void {
    this.#log(WARNING, message);
  }

  /** Logs at level 40. */
  error(...message: unknown[]): void {
    this.#log(ERROR, message);
  }

  /** Logs at level 50. */
  critical(...message: unknown[]): void {
    this.#log(CRITICAL, message);
  }

  #log(level: number, message: readonly unknown[]): void {
    if (level < this.getEffectiveLevel()) return;
    const record = new LogRecord(this.name, level, format(message));
    for (const handler of this.#handlers) handle(handler, record);
    if (this.#handlers.length === 0 && level >= WARNING) writeLine(record.message);
  }
}

/** The logger of the running process. */
export const logger: Logger = new Logger();

/**
 * The logger of the running process, always the same, as Python's `multiprocessing.get_logger`.
 *
 * @example Its level
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { getLogger, NOTSET, WARNING } from "@multiprocessing/deno";
 *
 * assertEquals(getLogger().level, NOTSET);
 * assertEquals(getLogger().getEffectiveLevel(), WARNING);
 * ```
 */
export function getLogger(): Logger {
  return logger;
}

/**
 * Has the log written to standard error as `[LEVEL/ProcessName] message`, as Python's `multiprocessing.log_to_stderr`. It holds for
 * the processes that are started from now on too. A second call adds a second handler, as in Python.
 *
 * @param level The level below which nothing is logged; it stays as it is if absent.
 * @returns The logger.
 * @throws {TypeError} If it is neither a whole number nor the name of a level.
 *
 * @example What processes do
 * ```ts
 * import { INFO, logToStderr, Process } from "@multiprocessing/deno";
 *
 * logToStderr(INFO);
 * const process = new Process({ name: "helper" });
 * await process.start();
 * await process.join(); // [INFO/helper] child process calling self.run() …
 * ```
 */
export function logToStderr(level?: LogLevel): Logger {
  if (level !== undefined) logger.setLevel(level);
  logger.addHandler(new StderrHandler());
  return logger;
}

class StderrHandler {
  emit(record: LogRecord): void {
    writeLine(String(record));
  }
}

/** What of the log a child goes on with. */
export interface LogSettings {
  readonly level: number;
  readonly toStderr: boolean;
}

/** What a child is to be told of the log; `undefined` if nobody has touched it. */
export function logSettings(): LogSettings | undefined {
  const { level, handlers } = logger;
  const toStderr = handlers.some((handler) => handler instanceof StderrHandler);
  return level === NOTSET && !toStderr ? undefined : { level, toStderr };
}

/** In a child: goes on with what its parent has set. */
export function adoptLogSettings({ level, toStderr }: LogSettings): void {
  if (toStderr) logToStderr(level);
  else logger.setLevel(level);
}

function levelOf(level: LogLevel): number {
  const number = typeof level === "string" && Object.hasOwn(LEVELS, level) ? LEVELS[level] : level;
  if (typeof number === "number" && Number.isSafeInteger(number)) return number;
  throw new TypeError(
    `Cannot log at level ${Deno.inspect(level)}: it must be a whole number or one of ${Object.keys(LEVELS).join(", ")}`,
  );
}

/** What goes wrong in a handler is told, and does not befall whoever logs: it may be the module itself. */
function handle(handler: LogHandler, record: LogRecord): void {
  try {
    if (typeof handler === "function") handler(record);
    else handler.emit(record);
  } catch (error) {
    writeLine(`Logging error: cannot handle ${record}: ${Deno.inspect(error)}`);
  }
}

/** One write, so that lines of several processes do not mix. */
function writeLine(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  try {
    let written = Deno.stderr.writeSync(bytes);
    while (written < bytes.length) written += Deno.stderr.writeSync(bytes.subarray(written));
  } catch {
    // Nobody reads standard error any more, so nobody misses the line.
  }
}
