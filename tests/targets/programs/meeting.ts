/** A program of its own that knows the address and the key of a manager, and nothing else. */
import { BaseManager } from "../../../mod.ts";

class Meeting extends BaseManager {}
Meeting.register("shared");

if (import.meta.main) {
  const [host = "", port = "", key = ""] = Deno.args;
  const manager = await Meeting.fromAddress([host, Number(port)], key);
  const shared = await manager.create("shared");
  await shared.callMethod("set", ["word", "hello"]);
  console.log("set");
}
