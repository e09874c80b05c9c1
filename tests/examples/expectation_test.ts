import { assert, assertEquals } from "@std/assert";
import { findDifference, readExpectation } from "../../examples/run/expectation.ts";

function stdoutDifference(comment: string, written: string): string | undefined {
  const expectation = readExpectation(`f();\n\n/* ${comment}*/\n`);
  assert(expectation);
  return findDifference(expectation.stdout, written);
}

Deno.test("readExpectation() finds nothing in a module that says nothing", () => {
  assertEquals(readExpectation("/* a comment */\nf();\n"), undefined);
});

Deno.test("readExpectation() reads the exit code and the start methods", () => {
  const { exitCode, startMethods } = readExpectation(
    "/* Output:\n*/\n\n// Exit code: 3\n\n// Start method: spawn, worker\n",
  ) ?? {};
  assertEquals(exitCode, 3);
  assertEquals(startMethods, ["spawn", "worker"]);
});

Deno.test("readExpectation() reads what an example needs", () => {
  const { beside, after, isEndless, flags, needs, catalogue } = readExpectation(
    "/* Output:\n*/\n\n// Beside: server.ts\n\n// After: a.ts, b.ts\n\n// Runs until interrupted\n\n" +
      "// Flags: --unstable-net\n\n// Needs: python3\n\n// Catalogue: EX-24, EX-25\n",
  ) ?? {};
  assertEquals([beside, after, isEndless], [["server.ts"], ["a.ts", "b.ts"], true]);
  assertEquals([flags, needs, catalogue], [["--unstable-net"], ["python3"], ["EX-24", "EX-25"]]);
});

Deno.test("readExpectation() reads groups of errors too", () => {
  const expectation = readExpectation("/* Output:\n*/\n\n/* Errors, interleaved:\na\n\nb\n*/\n");
  assert(expectation);
  assertEquals(findDifference(expectation.stderr, "b\na\n"), undefined);
});

Deno.test("findDifference() finds none where all is as expected", () => {
  assertEquals(stdoutDifference("Output:\n", ""), undefined);
  assertEquals(stdoutDifference("Output:\na\nid *!\n", "a\nid 1234!\n"), undefined);
  assertEquals(stdoutDifference("Output:\na\n...\nb\n", "a\nx\ny\nb\n"), undefined);
  assertEquals(stdoutDifference("Output:\na (perhaps)\nb\n", "b\n"), undefined);
  assertEquals(stdoutDifference("Output:\na * (repeatedly)\nb\n", "a 1\na 2\na 3\nb\n"), undefined);
  assertEquals(stdoutDifference("Output:\na (repeatedly)\n", "a\n"), undefined);
});

Deno.test("findDifference() tells a line that is missing, wrong, surplus or in the wrong place", () => {
  assertEquals(stdoutDifference("Output:\na\nb\n", "a\n"), "missing: b");
  assertEquals(stdoutDifference("Output:\na\n", "b\n"), "not expected: b");
  assertEquals(stdoutDifference("Output:\na (repeatedly)\nb\n", "b\n"), "not expected: b");
  assertEquals(stdoutDifference("Output:\na (repeatedly)\nb\n", "a\nb\na\n"), "not expected: a");
  assertEquals(stdoutDifference("Output:\n", "a\n"), "not expected: a");
  assertEquals(stdoutDifference("Output:\na\nb\n", "b\na\n"), "not expected: b");
  assertEquals(stdoutDifference("Output:\na.c\n", "abc\n"), "not expected: abc");
  assertEquals(stdoutDifference("Output:\na\n...\nb\n", "a\nx\n"), "missing: b");
});

Deno.test("findDifference() lets groups mix, but keeps the order within each", () => {
  const comment = "Output, interleaved:\na 1\na 2\n\nb 1\nb 2\n";
  assertEquals(stdoutDifference(comment, "b 1\na 1\nb 2\na 2\n"), undefined);
  assertEquals(stdoutDifference(comment, "a 2\na 1\nb 1\nb 2\n"), "not expected: a 2");
  assertEquals(stdoutDifference(comment, "a 1\nb 1\nb 2\n"), "missing: a 2");
});
