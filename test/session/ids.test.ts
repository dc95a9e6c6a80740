// Call ids are the caller's to choose: whatever they are, each call is found by its own, and they cost no more memory
// than the calls that run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RunningCall } from "#internal/call/running/running.js";
import type { Target } from "#internal/contract/callee.js";
import { RunningTable } from "#internal/session/native/answering/running-table.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { AloneServer, numberOf } from "../harness/alone.ts";
import { owner } from "../harness/owner.ts";
import { fc } from "../harness/properties.ts";
import { Work } from "../harness/sessions.ts";
import { bodyOf, decoded } from "../harness/stranger.ts";

const largest = 0xffff_ffff;
const wait = numberOf["wait"] ?? 0;

const [entry] = Work.table;
if (entry === undefined) throw new TypeError("the interface has no methods");
const target: Target = { entry };

function callOf(id: number, oneway = false): RunningCall {
  return new RunningCall(owner, id, target, oneway, 0);
}

/** Ids as proxies give them, as strangers may, and such that agree in their last bits. */
const anyId = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 40 }).map((id) => id * 0x1_0000),
  fc.integer({ min: 0, max: 40 }).map((id) => largest - id),
  fc.integer({ min: 0, max: largest }),
);

test("a table of running calls finds what it should, whatever the ids and in whatever order they end", () => {
  const step = fc.record({ id: anyId, oneway: fc.boolean(), end: fc.nat(), twice: fc.boolean(), ends: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new RunningTable();
      const waitedFor = new Map<number, RunningCall>();
      const all = new Set<RunningCall>();
      for (const { id, oneway, ends, end, twice } of steps) {
        assert.equal(table.find(id), waitedFor.get(id) ?? null);
        if (oneway || !waitedFor.has(id)) {
          const call = callOf(id, oneway);
          table.add(call);
          all.add(call);
          if (!oneway) waitedFor.set(id, call);
        }
        if (ends) {
          const gone = [...all][end % all.size];
          if (gone !== undefined) {
            table.remove(gone);
            if (twice) table.remove(gone);
            all.delete(gone);
            if (waitedFor.get(gone.id) === gone) waitedFor.delete(gone.id);
            assert.equal(table.find(gone.id), waitedFor.get(gone.id) ?? null);
          }
        }
        // Another call of the same id that settled at once was never in it.
        table.remove(callOf(id));
        assert.deepEqual(new Set(table.all()), all);
        assert.equal(table.all().length, all.size);
      }
    }),
  );
});

test("a table of running calls grows by how many there are and not by their ids, and a large one shrinks when all are over", () => {
  const table = new RunningTable();
  const colliding = Array.from({ length: 1024 }, (_, index) => callOf(index * 0x10_0000));
  for (let round = 0; round < 100; round++) {
    for (const call of colliding) table.add(call);
    for (const call of colliding) assert.equal(table.find(call.id), call);
    assert.ok(table.slots <= 4 * colliding.length, `${table.slots} slots for ${colliding.length} calls`);
    for (const call of colliding) table.remove(call);
    assert.equal(table.all().length, 0);
  }
  assert.ok(table.slots <= 1024, `${table.slots} slots for no call`);
  for (let id = 0; id < 1_000_000; id++) {
    const call = callOf(id);
    table.add(call);
    table.remove(call);
  }
  assert.ok(table.slots <= 1024, `${table.slots} slots for no call`);
});

const odd = [
  { ids: [0, largest, 1, largest - 1], name: "ids at both ends of their range" },
  { ids: Array.from({ length: 64 }, (_, index) => (index << 16) >>> 0), name: "ids that agree in their last bits" },
  { ids: [largest - 1, largest, 0, 1, 2], name: "ids that go round at 2^32" },
] as const;

for (const { ids, name } of odd) {
  test(`${name} are cancelled and answered each by itself`, async () => {
    const alone = new AloneServer();
    await alone.greet();
    for (const id of ids) alone.client.send(kind.call, { call: id, method: wait }, bodyOf([`${id}`]));
    await alone.clock.settle();
    assert.equal(alone.session.upcalls.size, ids.length);

    const [first = 0, ...others] = ids;
    alone.client.send(kind.cancel, { call: first });
    await alone.clock.settle();
    for (const id of ids) assert.equal(alone.real.waiting.get(`${id}`)?.signal.aborted, id === first);

    for (const id of others.toReversed()) alone.real.waiting.get(`${id}`)?.resolve(id);
    alone.real.waiting.get(`${first}`)?.resolve(first);
    await alone.clock.settle();
    const replies = alone.client.ofKind(kind.reply);
    assert.deepEqual(
      replies.map((frame) => [frame.call, decoded(frame)]),
      [...others.toReversed(), first].map((id) => [id, id]),
    );
    assert.equal(alone.session.upcalls.size, 0);
  });

  test(`of ${name}, each is refused while its call runs, and may be used again afterwards`, async () => {
    const alone = new AloneServer();
    await alone.greet();
    const [first = 0] = ids;
    for (let round = 0; round < 2; round++) {
      for (const id of ids) alone.client.send(kind.call, { call: id, method: wait }, bodyOf([`${id}`]));
      await alone.clock.settle();
      for (const id of ids) alone.real.waiting.get(`${id}`)?.resolve(id);
      await alone.clock.settle();
    }
    assert.equal(alone.client.ofKind(kind.reply).length, 2 * ids.length);

    for (const id of ids) alone.client.send(kind.call, { call: id, method: wait }, bodyOf([`${id}`]));
    alone.client.send(kind.call, { call: first, method: wait }, bodyOf(["again"]));
    await alone.clock.settle();
    const [refusal] = alone.client.ofKind(kind.refusal);
    assert.equal((decoded(refusal) as { reason: string }).reason, "BAD_FRAME");
    assert.ok(!alone.real.waiting.has("again"));
  });
}

test("a oneway call may have the id of one that runs, and of another oneway", async () => {
  const alone = new AloneServer();
  await alone.greet();
  const send = (name: string, flags = 0): void =>
    alone.client.send(kind.call, { call: 7, method: wait, flags }, bodyOf([name]));
  send("first oneway", flag.oneway);
  send("second oneway", flag.oneway);
  send("call");
  send("third oneway", flag.oneway);
  await alone.clock.settle();
  assert.equal(alone.session.upcalls.size, 4);

  alone.client.send(kind.cancel, { call: 7 });
  await alone.clock.settle();
  assert.deepEqual(
    [...alone.real.waiting].map(([name, { signal }]) => [name, signal.aborted]),
    [
      ["first oneway", false],
      ["second oneway", false],
      ["call", true],
      ["third oneway", false],
    ],
  );
  alone.real.waiting.get("call")?.resolve("its reply");
  alone.real.waiting.get("first oneway")?.resolve(1);
  await alone.clock.settle();
  assert.equal(alone.session.upcalls.size, 2);

  alone.end.break();
  await alone.clock.settle();
  for (const name of ["second oneway", "third oneway"])
    assert.equal(alone.real.waiting.get(name)?.signal.aborted, true);
});
