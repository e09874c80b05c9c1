import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { RemoteError, SyncManager } from "../../mod.ts";
import type { ClientEnd } from "../../src/managers/client_end.ts";
import { endByStranger, endTo } from "../../src/managers/ends.ts";
import { Leases } from "../../src/managers/leases.ts";
import { type ProxyEnd, ProxyState, stateOf } from "../../src/managers/proxy_state.ts";
import { Referent } from "../../src/managers/referents.ts";
import { HANG_MS } from "../helpers/methods.ts";
import { KEY, serving } from "../helpers/serving.ts";
import { until } from "../helpers/within.ts";
import { Impostor, nameOf } from "../targets/managers_stranger.ts";

Deno.test("A manager that says that it is another one is not asked in its place", async () => {
  await serving(SyncManager, async (address) => {
    await using impostor = new Impostor(await nameOf(address, KEY), "another key");
    await using wrong = await SyncManager.fromAddress(impostor.address, "another key");
    await using manager = await SyncManager.fromAddress(address, KEY);
    await using list = await manager.list(["secret"]);
    assertEquals(await list.getValue(), ["secret"]);
    assertEquals(impostor.asked, [6], "it was asked for its name");
    assertEquals(wrong.address, impostor.address);
  });
});

Deno.test("A remote manager: a client sends back what it has been given, and nothing of others", async () => {
  await serving(SyncManager, async (address) => {
    await using owner = await SyncManager.fromAddress(address, KEY);
    await using list = await owner.list<unknown>(["mine"]);
    // On other terms, so that it is another client.
    await using stranger = new SyncManager({ address, authKey: KEY, maxMessage: 10_000 });
    await stranger.connect();
    await using theirs = await stranger.list(["theirs"]);
    const [{ end }, { id }] = [stateOf(list), stateOf(theirs)] as [ProxyState, ProxyState];
    const stolen = new ProxyState(end, id, "list", ["get"]);
    await assertRejects(() => list.append(stolen), RemoteError, "has no proxy of it");
    await list.append(list);
    assertEquals(await list.length, 2);
  });
});

Deno.test("A remote manager connects to no socket of its machine by the word of a client", async () => {
  await serving(SyncManager, async (address) => {
    await using manager = await SyncManager.fromAddress(address, KEY);
    await using list = await manager.list<unknown>();
    const server = { program: "another", home: [], number: 1, address: "/no/such/socket" };
    const end = { server, authKey: undefined, lend() {}, unlend() {} } as unknown as ProxyEnd;
    const proxy = new ProxyState(end, 1, "list", ["get"]);
    await assertRejects(() => list.append(proxy), TypeError, "by the word of another program");
  });
});

Deno.test("A remote manager takes a proxy of a manager of its own program, at whatever socket that is", async () => {
  await serving(SyncManager, async (address) => {
    await using manager = await SyncManager.fromAddress(address, KEY);
    await using list = await manager.list<unknown>([7]);
    const { end, id } = stateOf(list) as ProxyState;
    const server = { ...end.server, address: "/no/such/socket" };
    const known = { server, authKey: undefined, lend: end.lend.bind(end), unlend() {} } as unknown as ProxyEnd;
    await list.append([new ProxyState(known, id, "list", ["get"])]);
    assertEquals(await list.length, 2);
  });
});

Deno.test("A proxy of another program that comes back is reached as its manager is, and not where it says so itself", async () => {
  const name = { program: "another", home: [], number: 1, address: null };
  await using there = new Impostor(name, KEY);
  await using elsewhere = new Impostor(name, KEY);
  await using manager = new SyncManager({ address: there.address, authKey: KEY, maxMessage: 100_000 });
  await manager.connect();
  const known = endTo({ ...name, address: there.address }, new Uint8Array([1]));
  const again = endByStranger({ ...name, address: there.address }, new Uint8Array([2]));
  assertEquals([known === again, (known as ClientEnd).isManaged], [true, true]);
  const other = endTo({ ...name, address: elsewhere.address }, new TextEncoder().encode(KEY)) as ClientEnd;
  assertEquals([known === other, other.isManaged], [false, false]);
  other.retain();
  other.leave();
});

Deno.test("A proxy in a message that cannot be sent does not leave its object behind", async () => {
  await serving(SyncManager, async (one) => {
    await serving(SyncManager, async (other) => {
      await using near = await SyncManager.fromAddress(one, KEY);
      await using far = await SyncManager.fromAddress(other, KEY);
      await using list = await near.list<unknown>();
      const lent = await far.list([1]);
      await assertRejects(() => list.append([lent, new WeakMap()]), TypeError, "Cannot send");
      await lent[Symbol.asyncDispose]();
      assertEquals(await far.numberOfObjects(), 0);
    });
  });
});

/** Leases of two objects, and what has come of them. */
function leasing(grace?: number) {
  const objects = [1, 2].map((id) => new Referent(id, {}, { typeid: "list" }));
  const given: number[] = [];
  const leases = new Leases({ keep: (one) => one.count++, drop: (one, count) => one.count -= count }, grace);
  return {
    leases,
    objects: objects as [Referent, Referent],
    given,
    claimant: { give: ({ id }: Referent) => given.push(id), has: () => false },
  };
}

Deno.test("Leases: a stranger gets what was lent under its key, and nothing else", async () => {
  const { leases, objects: [one, other], given, claimant } = leasing();
  leases.lend("key", one, {});
  assertEquals([leases.claim("key", other, claimant), given, one.count], [undefined, [], 1]);
  const invented = leases.claim("invented", other, claimant);
  leases.lend("other", other, {});
  assertEquals([given, other.count], [[], 1]);
  leases.dismiss(claimant);
  await invented;
  assertEquals([leases.claim("key", one, claimant), given, one.count], [undefined, [1], 0]);
  assertEquals(leases.claim("key", one, claimant) instanceof Promise, true, "once");
  assertThrows(() => leases.lend("other", one, {}), Error, "its key is in use");
  leases.clear();
});

Deno.test("Leases: one that was claimed or made good before it was told of keeps nothing", async () => {
  const { leases, objects: [one, other], given, claimant } = leasing();
  const claimed = leases.claim("key", one, claimant);
  leases.lend("key", one, {});
  await claimed;
  leases.redeem("early");
  leases.lend("early", other, {});
  assertEquals([given, one.count, other.count], [[1], 0, 0]);
});

Deno.test("Leases: who comes when the lease has expired gets what is there for others, at once", async () => {
  const { leases, objects: [one, other], given, claimant } = leasing(1);
  const lender = {};
  leases.lend("key", one, lender);
  leases.dismiss(lender);
  await until(HANG_MS, () => one.count === 0);
  assertEquals([leases.claim("key", other, claimant), given], [undefined, []]);
  assertEquals([leases.claim("key", one, claimant), given], [undefined, [1]]);
});

Deno.test("Leases: who has the object already waits for no lease", () => {
  const { leases, objects: [one], given, claimant } = leasing();
  assertEquals([leases.claim("key", one, { ...claimant, has: () => true }), given], [undefined, [1]]);
  leases.lend("key", one, {});
  assertEquals([given, one.count], [[1], 0]);
});
