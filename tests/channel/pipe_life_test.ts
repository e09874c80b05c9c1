import { assertEquals } from "@std/assert";
import { forEachProgramRun } from "../helpers/program.ts";

forEachProgramRun("Connection.recv() that waits keeps the program alive, if only a daemon can answer", async (run) => {
  const { code, stdout, stderr } = await run("pending_receive.ts", "pending");
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "late\n", stderr: "" });
});

forEachProgramRun("Connection.recv() and poll() that were given up do not keep the program alive", async (run) => {
  const { code, stdout, stderr } = await run("pending_receive.ts", "abandoned");
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "holds\nabandoned\n", stderr: "" });
});
