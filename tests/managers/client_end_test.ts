import { assertEquals, assertRejects } from "@std/assert";
import { TimeoutError } from "../../mod.ts";
import { ClientEnd } from "../../src/managers/client_end.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";

Deno.test("ClientEnd: time and signal are heeded while the server reads nothing", async () => {
  let sent = 0;
  const send = () => {
    sent++;
    return new Promise<void>(() => {});
  };
  const line = { carrier: { send, decode: () => undefined }, beginWait() {}, endWait() {}, close() {} };
  const end = new ClientEnd({ program: "", home: [], number: 1, address: null }, undefined, () => line);
  const unanswered = Array.from({ length: 256 }, () => end.call(1, "get", [], {}));
  const controller = new AbortController();
  const late = assertRejects(() => end.call(1, "get", [], { timeout: 5 }), TimeoutError, "within 5 ms");
  const aborted = assertRejects(() => end.call(1, "get", [], { signal: controller.signal }), Error, "enough");
  controller.abort(new Error("enough"));
  await within(HANG_MS, Promise.all([late, aborted]));
  assertEquals(sent, 256, "what was given up before there was room is not sent");
  end.fail(new Error("gone"));
  for (const { status } of await Promise.allSettled(unanswered)) assertEquals(status, "rejected");
});

Deno.test("ClientEnd: the word of a server that is silent is not waited for for ever", async () => {
  const line = {
    carrier: { send: () => undefined, decode: () => undefined },
    beginWait() {},
    endWait() {},
    close() {},
  };
  const end = new ClientEnd({ program: "", home: [], number: 1, address: null }, undefined, () => line);
  const [controller, isPatient] = [new AbortController(), true];
  const { signal } = controller;
  const late = assertRejects(() => end.call(1, "get", [], { timeout: 5, isPatient }), TimeoutError, "within 5 ms");
  const aborted = assertRejects(() => end.call(1, "get", [], { signal, isPatient }), Error, "enough");
  controller.abort(new Error("enough"));
  await within(HANG_MS / 6, Promise.all([late, aborted]));
  end.fail(new Error("gone"));
});
