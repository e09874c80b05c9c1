/** What is seen of a whole program: its output, its errors, its exit code. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { isRunning } from "../helpers/waiting.ts";
import { forEachProgramRun, programUrl, runDeno, runProgram } from "../helpers/program.ts";
import { linesOf } from "../helpers/text.ts";
import { until } from "../helpers/within.ts";

forEachProgramRun("Process runs an exported function from top-level code [PROC-01] [PROC-02]", async (run) => {
  assertEquals(await run("hello.ts"), {
    code: 0,
    signal: null,
    stdout: "hello bob false\nexit code 0 Process-1\n",
    stderr: "",
  });
});

forEachProgramRun("Process runs an exported function from a function that nobody awaits [PROC-01]", async (run) => {
  assertEquals(await run("hello_main_function.ts"), {
    code: 0,
    signal: null,
    stdout: "hello bob\nexit code 0\n",
    stderr: "",
  });
});

forEachProgramRun("Process never runs an exported function in place of another of its text", async (run) => {
  const { code, stdout, stderr } = await run("closures.ts");
  assertEquals([code, stderr], [0, ""]);
  const [ran, exitCode, ...refused] = linesOf(stdout);
  assertEquals([ran, exitCode, refused.length], ["ran named 2", "0", 2]);
  for (const each of refused) {
    assertMatch(each, /Cannot send function "(made|named)": it is not exported by the main module/);
  }
});

const EACH_ITS_OWN = ["same there", "same here", "other there", "other here here", "same there"];

forEachProgramRun("Process runs the very function, whatever others have its name and text", async (run) => {
  const { code, stdout, stderr } = await run("same_name.ts");
  assertEquals([code, stderr], [0, ""]);
  assertEquals(linesOf(stdout), [...EACH_ITS_OWN, "ended", ...EACH_ITS_OWN]);
});

forEachProgramRun(
  "Pool gives objects and errors of the program's classes while its top level awaits them",
  async (run) => {
    assertEquals(await run("own_classes.ts"), { code: 0, signal: null, stdout: "true 3\ntrue 5\n", stderr: "" });
  },
);

forEachProgramRun("Pool runs functions that the top level exports only after it has awaited them", async (run) => {
  const stdout = "[ 1, 4, 9 ]\n[ 1, 8, 27 ]\n";
  assertEquals(await run("late_exports.ts"), { code: 0, signal: null, stdout, stderr: "" });
});

Deno.test("Process refuses a function that it may not tell from another, until the program has awaited something", async () => {
  const flags = ["--allow-read", "--allow-run", "--allow-net", "--allow-write", "--allow-env"];
  const { code, stdout, stderr } = await runProgram("same_name.ts", ["worker"], { flags });
  assertEquals([code, stderr], [0, ""]);
  const [refused, ...rest] = linesOf(stdout);
  assertMatch(refused ?? "", /^TypeError: Cannot tell function "same": .* have one of this name and text each/);
  assertEquals(rest, [...EACH_ITS_OWN.slice(1), "ended", ...EACH_ITS_OWN]);
});

forEachProgramRun(
  "registerReducer() tells classes of one name apart, whichever of them a child registers",
  async (run) => {
    const { code, stdout, stderr } = await run("points.ts");
    assertEquals([code, stdout], [0, "second true\nEOFError\n"]);
    assertStringIncludes(stderr, "Cannot decode an object of class Point: it is not registered here");
  },
);

forEachProgramRun("Process.name counts by generation [PROC-08] [PROC-09] [PROC-10]", async (run) => {
  const names = "MainProcess named Worker-3 Worker-4 " +
    "Process-2 Process-2:1 Process-2:1:1 Process-2:2 Process-2:2:1";
  assertEquals(await run("names.ts"), { code: 0, signal: null, stdout: `${names}\n`, stderr: "" });
});

forEachProgramRun("Process that fails prints its name and its error, and the parent goes on [EXIT-04]", async (run) => {
  const { code, stdout, stderr } = await run("uncaught.ts");
  assertEquals([code, stdout], [0, "fail 1\nfailFromTimer 1\nfailUnhandled 1\n"]);
  assertMatch(stderr, /^Process fail:\n/);
  for (const text of ["RangeError: the child broke", "RangeError: the timer broke", "RangeError: the promise broke"]) {
    assertStringIncludes(stderr, text);
  }
  assertMatch(stderr, /at fail \(.*uncaught\.ts:\d+:\d+\)/);
});

forEachProgramRun(
  "Process: a program waits for children nobody joined, and ends its daemons [EXIT-11] [DAEM-03]",
  async (run) => {
    const { code, stdout, stderr } = await run("not_joined.ts");
    assertEquals([code, stderr], [5, ""]);
    const lines = linesOf(stdout);
    assertEquals(lines.at(-1), "main ends");
    assertEquals(lines.filter((line) => line !== "daemon starts").toSorted(), ["child 1", "child 2", "main ends"]);
  },
);

forEachProgramRun("Process: a program ends its daemons before it waits for the others [DAEM-06]", async (run) => {
  const stdout = "daemon runs\nthe daemon has ended\n";
  assertEquals(await run("exit_order.ts"), { code: 0, signal: null, stdout, stderr: "" });
});

forEachProgramRun("Process that is a daemon and joined at the top level runs to its end [DAEM-04]", async (run) => {
  const stdout = "daemon starts\ndaemon exits\nexit code 0\n";
  assertEquals(await run("daemon_joined.ts"), { code: 0, signal: null, stdout, stderr: "" });
});

for (const how of ["natural", "exit"]) {
  forEachProgramRun(`Process: a program that terminated a busy child ends with its own code (${how})`, async (run) => {
    const { code, signal, stdout } = await run("busy_terminated.ts", "terminated", how);
    assertEquals([code, signal, stdout], [3, null, "busy\n-15\n"]);
  });

  forEachProgramRun(
    `Process: a program that killed a busy child while it waited for its words ends with its own code (${how})`,
    async (run) => {
      const { code, signal, stdout } = await run("busy_terminated.ts", "awaited", how);
      assertEquals([code, signal, stdout], [3, null, "busy\nEOFError\n"]);
    },
  );

  forEachProgramRun(`Process: a program with a busy daemon ends with its own code (${how}) [DAEM-03]`, async (run) => {
    const { code, signal, stdout } = await run("busy_terminated.ts", "daemon", how);
    assertEquals([code, signal, stdout], [3, null, "busy\n"]);
  });
}

forEachProgramRun("Process: a program with a busy child that fails ends with 1", async (run) => {
  for (const what of ["terminated", "daemon", "left"]) {
    const { code, stderr } = await run("busy_terminated.ts", what, "throw");
    assertEquals(code, 1);
    assertStringIncludes(stderr, "RangeError: main broke");
  }
});

forEachProgramRun("Process: a program that exits or fails takes its children with it", async (run, method) => {
  for (const [how, expected] of [["exit", 7], ["throw", 1]] as const) {
    const { code, stdout } = await run("kept_alive.ts", how);
    assertEquals(code, expected);
    const pids = linesOf(stdout).map(Number);
    assertEquals([pids.length, new Set(pids).size], [2, method === "worker" ? 1 : 2]);
    await until(20_000, () => !pids.some((pid) => isRunning(pid)));
  }
});

forEachProgramRun("Process.start() while a child imports an unguarded main module is refused [CTX-15]", async (run) => {
  const { stdout, stderr } = await run("unguarded.ts");
  assertEquals(stdout, "");
  for (const part of ["still importing the main module", "if (import.meta.main)"]) assertStringIncludes(stderr, part);
});

forEachProgramRun(
  "Process.start() in an unguarded main module is refused where nobody awaits it, too [CTX-15]",
  async (run) => {
    const { stderr } = await run("unguarded_later.ts");
    for (const part of ["still importing the main module", "if (import.meta.main)", "exit code 1"]) {
      assertStringIncludes(stderr, part);
    }
  },
);

for (const kind of ["Process", "Pool", "Manager"]) {
  forEachProgramRun(
    `${kind} that is a daemon says what an unguarded main module lacks [CTX-15]`,
    async (run) => {
      const { stdout, stderr } = await run("unguarded_daemons.ts", kind);
      assertEquals(stdout, "");
      for (const part of ["still importing the main module", "if (import.meta.main)"]) {
        assertStringIncludes(stderr, part);
      }
      assert(!stderr.includes("daemonic"), stderr);
    },
  );
}

forEachProgramRun("Process: module constants are the same in a child, the rest is fresh [CTX-17]", async (run) => {
  const stdout = "child constant 0\nmain constant 42\n";
  assertEquals(await run("globals.ts"), { code: 0, signal: null, stdout, stderr: "" });
});

forEachProgramRun(
  "Process finds a target of another module that is shared, else says how [CTX-18] [CTX-19]",
  async (_run, method) => {
    // With --allow-sys=inspector the other would be found as well.
    const flags = ["--allow-read", `--allow-run=${Deno.execPath()}`, "--allow-net=127.0.0.1"];
    const { code, stdout, stderr } = await runProgram("other_module.ts", [method], { flags });
    assertEquals([code, stderr], [0, ""]);
    const [first, second, refused] = linesOf(stdout);
    assertEquals([first, second], ["shared runs", "0"]);
    for (const part of ['function "hidden"', "share(import.meta, { hidden })", "ref(", "inline("]) {
      assertStringIncludes(refused ?? "", part);
    }
  },
);

Deno.test("Process: children find standard input empty and leave the program's alone [PROC-32]", async () => {
  for (const method of ["spawn", "forkserver", "worker"]) {
    const outcome = await runProgram("standard_input.ts", [method], { input: "for main\n" });
    assertEquals(outcome, { code: 0, signal: null, stdout: "child null\nmain for main\n", stderr: "" }, method);
  }
});

forEachProgramRun("Process: a program without outputs runs, and its children as well [PROC-33]", async (run) => {
  assertEquals((await run("no_output.ts")).code, 4);
});

forEachProgramRun("Process has the program's import map, arguments and directory [PROC-35]", async (_run, method) => {
  // Elsewhere, as a configuration within this checkout would be a part of its own.
  const folder = await Deno.makeTempDir();
  const library = import.meta.resolve("../../mod.ts");
  const imports = { imports: { tasks: "./tasks.ts", multiprocessing: library } };
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(imports));
  for (const name of ["main", "tasks"]) await Deno.copyFile(programUrl(`mapped_${name}.txt`), `${folder}/${name}.ts`);
  const cwd = Deno.cwd();
  const { code, stdout } = await runDeno(["run", "-A", `${folder}/main.ts`, method, cwd, "-x", "--flag"]);
  await Deno.remove(folder, { recursive: true });
  assertEquals([code, stdout], [0, `true ${cwd},-x,--flag true\n0\n`]);
});

Deno.test("Process of a program that was typed in needs ref(), and says so [CTX-16]", async () => {
  const library = import.meta.resolve("../../mod.ts");
  const tasks = programUrl("_tasks.ts").href;
  const code = `import { getContext, ref } from ${JSON.stringify(library)};
    function typed() {}
    for (const target of [typed, ref(${JSON.stringify(tasks)}, "hidden")]) {
      for (const method of ["spawn", "forkserver", "worker"]) {
        const process = new (getContext(method).Process)({ target });
        try {
          await process.start();
          await process.join();
          console.log(process.exitCode);
        } catch (error) {
          console.log(String(error));
        }
      }
    }`;
  const { code: exitCode, stdout, stderr } = await runDeno(["eval", code]);
  assertEquals([exitCode, stderr], [0, ""]);
  const lines = linesOf(stdout);
  assertEquals(lines.slice(3), ["hidden runs", "0", "hidden runs", "0", "hidden runs", "0"]);
  for (const refusal of lines.slice(0, 3)) {
    assertStringIncludes(refusal, 'Cannot send function "typed"');
    assertStringIncludes(refusal, "ref(");
  }
});
