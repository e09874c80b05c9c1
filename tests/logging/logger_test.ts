import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import * as mp from "../../mod.ts";
import { forEachStartMethod } from "../helpers/methods.ts";
import { linesOf, textOf } from "../helpers/text.ts";
import { answerOf } from "../helpers/waiting.ts";
import * as exits from "../targets/exits.ts";
import * as targets from "../targets/logging.ts";

/** What a test does to the log, which is undone afterwards. */
class Log implements Disposable {
  readonly records: mp.LogRecord[] = [];
  readonly logger = mp.getLogger();

  constructor(level: mp.LogLevel, handler: mp.LogHandler = { emit: (record) => void this.records.push(record) }) {
    this.logger.addHandler(handler);
    this.logger.setLevel(level);
  }

  /** Each record as a line. */
  get lines(): string[] {
    return this.records.map(String);
  }

  [Symbol.dispose](): void {
    for (const handler of this.logger.handlers) this.logger.removeHandler(handler);
    this.logger.setLevel(mp.NOTSET);
  }
}

Deno.test("getLogger() is always the same: unset, without handlers, on its own [LOG-01]", () => {
  const logger = mp.getLogger();
  assertStrictEquals(mp.getLogger(), logger);
  assertStrictEquals(mp.getContext("worker").getLogger(), logger);
  assertEquals([logger.name, logger.level, logger.handlers, logger.propagate], ["multiprocessing", 0, [], false]);
  assertEquals(logger.getEffectiveLevel(), 30);
});

Deno.test("Levels are Python's, two of the module's own among them [LOG-09]", () => {
  const { NOTSET, SUBDEBUG, DEBUG, INFO, SUBWARNING, WARNING, ERROR, CRITICAL } = mp;
  assertEquals([NOTSET, SUBDEBUG, DEBUG, INFO, SUBWARNING, WARNING, ERROR, CRITICAL], [0, 5, 10, 20, 25, 30, 40, 50]);
  using log = new Log(1);
  const { logger } = log;
  logger.subDebug("a");
  logger.debug("b");
  logger.info("c");
  logger.subWarning("d");
  logger.warning("e");
  logger.error("f");
  logger.critical("g");
  logger.log(32, "h");
  logger.log("INFO", "i");
  assertEquals(log.lines, [
    "[SUBDEBUG/MainProcess] a",
    "[DEBUG/MainProcess] b",
    "[INFO/MainProcess] c",
    "[SUBWARNING/MainProcess] d",
    "[WARNING/MainProcess] e",
    "[ERROR/MainProcess] f",
    "[CRITICAL/MainProcess] g",
    "[Level 32/MainProcess] h",
    "[INFO/MainProcess] i",
  ]);
});

Deno.test("Logger logs what its level lets through, WARNING if it is unset [LOG-03]", () => {
  using log = new Log(mp.NOTSET);
  const { logger } = log;
  for (const level of [mp.NOTSET, mp.INFO, "ERROR"] as const) {
    logger.setLevel(level);
    for (const each of [5, 10, 20, 25, 29, 30, 40]) logger.log(each, `${each}`);
    logger.info({ toString: () => assertEquals(level, mp.INFO) });
    assertEquals(logger.isEnabledFor(mp.INFO), level === mp.INFO);
  }
  const messages = log.records.filter(({ message }) => /^\d+$/.test(message)).map(({ message }) => Number(message));
  assertEquals(messages, [30, 40, 20, 25, 29, 30, 40, 40]);
});

Deno.test("Logger puts messages together as the console does", () => {
  using log = new Log(mp.INFO);
  log.logger.info("%s is %d %% done: %j", "it", 7, { a: 1 }, "by", [2]);
  log.logger.info(7, null);
  assertEquals(log.records.map(({ message }) => message), ['it is 7 % done: {"a":1} by [ 2 ]', "7 null"]);
});

Deno.test("LogRecord tells who logged it, when and where [LOG-13]", () => {
  using log = new Log(mp.INFO);
  const before = Date.now();
  log.logger.info("here");
  const [record] = log.records;
  assertEquals(record?.fileName, "logger_test.ts");
  assertEquals([record?.name, record?.level, record?.levelName], ["multiprocessing", 20, "INFO"]);
  assertEquals([record?.processName, record?.pid], ["MainProcess", Deno.pid]);
  assertEquals((record?.created ?? 0) >= before, true);
});

Deno.test("Logger.addHandler() takes functions and objects, each once; removeHandler() lets go of them", () => {
  const seen: string[] = [];
  const handler = ({ message }: mp.LogRecord) => void seen.push(message);
  using log = new Log(mp.INFO, handler);
  log.logger.addHandler(handler);
  assertEquals(log.logger.handlers, [handler]);
  log.logger.info("one");
  log.logger.removeHandler(handler);
  log.logger.removeHandler(handler);
  log.logger.info("two");
  assertEquals([seen, log.logger.handlers], [["one"], []]);
});

Deno.test("Logger refuses what is no level and no handler", () => {
  const { logger } = new Log(mp.NOTSET);
  for (const level of ["info", "toString", 1.5, NaN, null, undefined] as unknown[] as mp.LogLevel[]) {
    assertThrows(() => logger.setLevel(level), TypeError, "Cannot log at level");
    assertThrows(() => logger.log(level, "x"), TypeError, "Cannot log at level");
  }
  assertThrows(() => mp.logToStderr("loud" as mp.LogLevel), TypeError, "Cannot log at level");
  for (const handler of [undefined, null, {}, { emit: 1 }] as unknown[] as mp.LogHandler[]) {
    assertThrows(() => logger.addHandler(handler), TypeError, "Cannot add a log handler");
  }
  logger.removeHandler(logger.handlers[0] ?? (() => {}));
  assertEquals([logger.level, logger.handlers], [0, []]);
});

forEachStartMethod(
  "Logger: children have the level of their parent at their start, and no handler [LOG-10]",
  async (ctx) => {
    assertEquals(await answerOf(ctx, targets.sendLog), { level: 0, effective: 30, handlers: 0 });
    using _ = new Log(32);
    assertEquals(await answerOf(ctx, targets.sendLog), { level: 32, effective: 32, handlers: 0 });
  },
);

forEachStartMethod("logToStderr() holds for children and theirs [LOG-10]", async (ctx) => {
  using log = new Log(mp.NOTSET, () => {});
  assertStrictEquals(mp.logToStderr("ERROR"), log.logger);
  mp.logToStderr();
  assertEquals(log.logger.handlers.length, 3);
  assertEquals(await answerOf(ctx, targets.sendLogOfChild), { level: 40, effective: 40, handlers: 1 });
});

forEachStartMethod("Logger: a child tells of its run and its exit code, however it ends [LOG-05]", async (ctx) => {
  using _ = new Log(mp.INFO, () => {});
  mp.logToStderr();
  const processes = [
    new ctx.Process({ name: "well", target: exits.returnValue, stderr: "piped" }),
    new ctx.Process<unknown[]>({
      name: "ill",
      target: exits.throwMishap as (...args: unknown[]) => void,
      args: ["oh"],
      stderr: "piped",
    }),
    new ctx.Process<unknown[]>({
      name: "exits",
      target: exits.exitWith as (...args: unknown[]) => void,
      args: [8],
      stderr: "piped",
    }),
  ];
  await Promise.all(processes.map((process) => process.start()));
  const texts = await Promise.all(processes.map(({ stderr }) => textOf(stderr)));
  await Promise.all(processes.map((process) => process.join()));
  const logged = texts.map((text) => linesOf(text).filter((line) => line.startsWith("[")));
  assertEquals(
    logged,
    [["well", 0], ["ill", 1], ["exits", 8]].map(([name, exitCode]) => [
      `[INFO/${name}] child process calling self.run()`,
      `[INFO/${name}] process shutting down`,
      `[INFO/${name}] process exiting with exitcode ${exitCode}`,
    ]),
  );
});
