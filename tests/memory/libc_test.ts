import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { NotSupportedError } from "../../src/base/errors.ts";
import { Errno, failureOf, ffiGranted, libc, needsFfi } from "../../src/memory/libc.ts";

const SYMBOLS = {
  getpid: { parameters: [], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

Deno.test("libc() opens the library once for a set, and leaves nothing open that a test could leak", () => {
  assertEquals(ffiGranted(), true);
  assertEquals(libc(SYMBOLS).getpid(), Deno.pid);
  assertEquals(libc(SYMBOLS), libc(SYMBOLS));
});

Deno.test("libc() gives functions that work in other tests, optimized as well", () => {
  const { getpid } = libc(SYMBOLS);
  let equal = 0;
  for (let round = 0; round < 100_000; round++) if (getpid() === Deno.pid) equal++;
  assertEquals(equal, 100_000);
});

Deno.test("failureOf() is of Deno's class for the error, and names it and the call", () => {
  assertEquals(libc(SYMBOLS).close(-1), -1);
  const error = failureOf("close it", "close");
  assertInstanceOf(error, Deno.errors.BadResource);
  assertEquals(error.message, "Cannot close it: Bad file descriptor (os error 9 of close)");
  assertInstanceOf(failureOf("x", "y", Errno.ENOENT), Deno.errors.NotFound);
  assertInstanceOf(failureOf("x", "y", Errno.EEXIST), Deno.errors.AlreadyExists);
});

Deno.test("needsFfi() names both flags and what else would do", () => {
  const error = needsFfi("share memory", "use the context worker");
  assertInstanceOf(error, NotSupportedError);
  for (const part of ["Cannot share memory", "--allow-ffi or by --allow-ffi=/", "libc", "use the context worker"]) {
    assertStringIncludes(error.message, part);
  }
});

Deno.test("a child shares memory where its parent may do so by the path of the library only", async () => {
  const path = new URL("../targets/programs/limited_ffi.ts", import.meta.url).pathname;
  const folder = `/usr/lib/${Deno.build.arch}-linux-gnu`;
  for (const allowed of [folder, `${folder}/libc.so.6`]) {
    const args = ["run", "--no-prompt", "--no-check", "--allow-run", "--allow-read", `--allow-ffi=${allowed}`, path];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    assertEquals(new TextDecoder().decode(stdout), "0 42\n");
  }
});
