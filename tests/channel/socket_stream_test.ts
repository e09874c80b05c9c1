import { assertEquals } from "@std/assert";
import { SocketStream } from "../../src/channel/socket_stream.ts";
import { Collector } from "../helpers/byte_sinks.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { within } from "../helpers/within.ts";

/** Two connected sockets. */
async function connected(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return await Promise.all([Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }), listener.accept()]);
}

Deno.test("SocketStream.receive() goes on behind what its receiver fails at, which is reported", async () => {
  const [there, input] = await connected();
  const [output, sink] = await connected();
  const reported: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error.message);
  };
  globalThis.addEventListener("error", onError);
  const stream = new SocketStream({ input, output, mapped: false });
  const received = new Collector(1);
  const { filled } = received;
  received.filled = function (size) {
    filled.call(this, size);
    if (this.size === 1) throw new Error("the receiver fails");
  };
  stream.keepAlive(true);
  stream.receive(received);
  await there.write(new Uint8Array([1, 2, 3]));
  there.close();
  await within(HANG_MS, received.over);
  assertEquals([[...received.bytes], received.ends, reported], [[1, 2, 3], 1, ["the receiver fails"]]);
  globalThis.removeEventListener("error", onError);
  stream.close();
  sink.close();
});
