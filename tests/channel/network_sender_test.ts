import { assertEquals } from "@std/assert";
import { NetworkSender } from "../../src/channel/network_sender.ts";
import { concat, frame } from "../targets/listeners.ts";

/** A socket that notes each write; the first waits until it is let through. */
class NotedWrites {
  readonly writes: Uint8Array[] = [];
  readonly free: PromiseWithResolvers<void> = Promise.withResolvers();

  async write(bytes: Uint8Array): Promise<number> {
    this.writes.push(bytes.slice());
    await this.free.promise;
    return bytes.length;
  }
}

Deno.test("A frame leaves in one write with its header, an empty one too, and those that wait leave together [AUTH-05]", async () => {
  const conn = new NotedWrites();
  const sender = new NetworkSender(conn as unknown as Deno.Conn);
  const payloads = [20_000, 0, 3, 100].map((size) => new Uint8Array(size).fill(7));
  const sent = payloads.map((payload) => sender.send((writer) => writer.bytes(payload), {}));
  conn.free.resolve();
  await Promise.all(sent);
  const [first, ...rest] = payloads.map(frame);
  assertEquals(conn.writes, [first ?? new Uint8Array(), concat(...rest)]);
});
