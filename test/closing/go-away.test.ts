// The go-away frame: a side that closes says which calls it has taken; the others did not run, and their callers know
// at once and may retry.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type PendingCall, PendingRing, PendingCall as Sent } from "#internal/call/pending/pending.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { fc } from "../harness/properties.ts";
import { hanging, nothingLeft, Pair, resultOf, saysOf, Work } from "../harness/sessions.ts";
import { bodyOf, decoded } from "../harness/stranger.ts";
import { ofTier } from "../harness/tier.ts";

const wait = numberOf["wait"] ?? 0;
const gone = "UNAVAILABLE CLOSED not-executed";

test("a server that closes says which call was the last it took, and still answers those before", async () => {
  const alone = new AloneServer();
  await alone.greet();
  for (const call of [1, 2, 3]) alone.client.send(kind.call, { call, method: wait }, bodyOf([`${call}`]));
  await alone.clock.settle();
  const closing = alone.session.close();
  await alone.clock.settle();
  const [frame, ...others] = alone.client.ofKind(kind.goAway);
  assert.deepEqual([frame?.call, frame?.flags, frame?.body.length, others.length], [3, flag.skippable, 0, 0]);
  // Whoever did not hear it, or does not know the frame, is told call by call.
  alone.client.send(kind.call, { call: 4, method: wait }, bodyOf(["late"]));
  for (const name of ["1", "2", "3"]) alone.real.waiting.get(name)?.resolve(name);
  await alone.clock.settle();
  await closing;
  assert.equal(alone.real.waiting.has("late"), false);
  assert.equal((decoded(alone.client.ofKind(kind.failure)[0]) as { reason: string }).reason, "CLOSED");
  assert.equal(alone.client.ofKind(kind.reply).length, 3);
});

test("a server that has taken no call says so with 0", async () => {
  const alone = new AloneServer();
  await alone.greet();
  void alone.session.close();
  await alone.clock.settle();
  assert.deepEqual(
    alone.client.ofKind(kind.goAway).map(({ call }) => call),
    [0],
  );
  assert.equal(alone.client.hasEnded, true);
});

test("the last call is the latest one, however late a long one was whole, and where ids go round", async () => {
  const alone = new AloneServer();
  await alone.greet();
  for (const call of [0xffff_fffe, 0xffff_ffff, 2, 1]) {
    alone.client.send(kind.call, { call, method: wait }, bodyOf([`${call}`]));
    await alone.clock.settle();
  }
  void alone.session.close();
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.goAway)[0]?.call, 2);
});

test("calls behind the last one fail at once, those before wait for their answer, and no more are made", async () => {
  const alone = new AloneClient();
  alone.server.welcome(4);
  await alone.clock.settle();
  const calls = ["a", "b", "c", "d", "waits"].map((name) => alone.call("wait", [name]));
  await alone.clock.settle();
  alone.server.send(kind.goAway, { call: 2, flags: flag.skippable });
  await alone.clock.settle();
  assert.deepEqual(
    calls.map((call) => (call.settled === null ? "waits" : saysOf(call))),
    ["waits", "waits", gone, gone, gone],
  );
  assert.deepEqual(alone.draining, ["draining"]);
  assert.equal(alone.session.error?.reason, "CLOSED");
  const late = alone.call("wait", ["late"]);
  await assert.rejects(alone.session.ping(), { reason: "CLOSED" });
  await alone.clock.settle();
  assert.equal(saysOf(late), gone);
  assert.equal(alone.server.ofKind(kind.call).length, 4);

  alone.server.send(kind.reply, { call: 1 }, bodyOf("one"));
  // The refusal of a call that was settled already is passed over; so is a second go-away, but for what it says.
  alone.server.send(kind.failure, { call: 3 }, bodyOf({ code: "UNAVAILABLE", reason: "CLOSED" }));
  alone.server.send(kind.goAway, { call: 1, flags: flag.skippable });
  await alone.clock.settle();
  assert.equal(calls[0] && resultOf(calls[0]), "one");
  assert.equal(calls[1] && saysOf(calls[1]), gone);
  assert.deepEqual(alone.draining, ["draining"]);
  alone.server.end.end();
  await alone.clock.settle();
  assert.equal(hanging(alone.endpoint) + alone.clock.kept + alone.session.calls.size, 0);
});

test("whoever is told before it made a call makes none", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  alone.server.send(kind.goAway, { flags: flag.skippable });
  await alone.clock.settle();
  const call = alone.call("echo", ["x"]);
  await alone.clock.settle();
  assert.equal(saysOf(call), gone);
  assert.equal(alone.server.ofKind(kind.call).length, 0);
});

test("whoever makes a call anew is told before the call fails", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  const seen: string[] = [];
  alone.onDraining = () => seen.push(`draining, ${alone.session.calls.size} pending`);
  alone.call("wait", ["a"]);
  await alone.clock.settle();
  alone.server.send(kind.goAway, { flags: flag.skippable });
  await alone.clock.settle();
  assert.deepEqual(seen, ["draining, 1 pending"]);
});

test("what is left of a long call that was not taken is not sent", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  alone.end.full = true;
  const long = alone.call("echo", ["x".repeat(1_000_000)]);
  await alone.clock.settle();
  alone.server.send(kind.goAway, { flags: flag.skippable });
  await alone.clock.settle();
  assert.equal(saysOf(long), gone);
  alone.end.take();
  await alone.clock.settle();
  assert.ok(alone.server.ofKind(kind.call).length < 4);
  assert.equal(alone.server.ofKind(kind.cancel).length, 1);
});

test("a server that closes before it was greeted refuses, so that early calls are known not to have run", async () => {
  const pair = new Pair();
  const call = pair.call("echo", ["early"]);
  const closing = pair.server.close();
  await pair.settle();
  await closing;
  assert.equal(saysOf(call), gone);
  assert.deepEqual(pair.real.echoed, []);
  assert.equal(pair.serverHome.counters.badGreetings, 0);
  assert.deepEqual(pair.left, nothingLeft);
});

test("a server that closes under load: every call that it did not answer did not run", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { minLength: 1, maxLength: 30 }),
      fc.nat(29),
      fc.integer({ min: 1, max: 200 }),
      async (turns, closeAt, segment) => {
        const pair = new Pair({ near: { segment }, far: { segment } });
        const calls: { settled: unknown }[] = [];
        for (const [index, pauses] of turns.entries()) {
          calls.push(pair.call("echo", [index]));
          if (index === closeAt % turns.length) void pair.server.close();
          for (let turn = 0; turn < pauses; turn++) {
            pair.clock.turn();
            await Promise.resolve();
          }
        }
        await pair.settle();
        await pair.advance(60_000);
        for (const [index, call] of calls.entries()) {
          const settled = call.settled as { value: unknown } | { error: { outcome: string; reason: string } };
          const ran = pair.real.echoed.includes(index);
          if ("value" in settled) assert.equal(settled.value, index);
          else assert.deepEqual([ran, settled.error.outcome, settled.error.reason], [false, "not-executed", "CLOSED"]);
        }
        assert.deepEqual(pair.left, nothingLeft);
      },
    ),
    { numRuns: ofTier({ quick: 50, gate: 200, all: 2_000 }) },
  );
});

test("a client that has nothing to be called says farewell alone", async () => {
  const pair = new Pair();
  await pair.settle();
  void pair.client.close();
  await pair.settle();
  assert.equal(pair.serverHome.counters.framesReceived, 1);
});

test("closing in a getter of a value that is being sent is said a moment later", async () => {
  const pair = new Pair();
  await pair.settle();
  const value = {
    get now() {
      void pair.server.close();
      return 1;
    },
  };
  pair.real.given.set("it", value);
  const call = pair.call("fail", ["it"]);
  await pair.settle();
  assert.deepEqual(resultOf(call), { now: 1 });
  assert.deepEqual(pair.serverClosed, [null]);
  assert.deepEqual(pair.left, nothingLeft);
});

const [entry] = Work.table;

/** A ring whose ids begin here, with so many calls. */
function sentOn(ring: PendingRing, count: number): PendingCall[] {
  if (entry === undefined) throw new TypeError("the interface has no methods");
  return Array.from({ length: count }, () => {
    const call = new Sent(entry, 0, () => {});
    ring.add(call);
    return call;
  });
}

test("which calls are behind an id is told by the order in which ids were given, and never of a call from before they went round", () => {
  const ring = new PendingRing(0xffff_fffd);
  const before = sentOn(ring, 3);
  const [, , last] = before;
  assert.equal(last?.id, 0xffff_ffff);
  assert.deepEqual(ring.behind(0xffff_fffd).length, 0, "they went round, so these are of the round before");
  const after = sentOn(ring, 3);
  assert.deepEqual(
    after.map(({ id }) => id),
    [1, 2, 3],
  );
  assert.deepEqual(new Set(ring.behind(2)), new Set(after.slice(2)));
  assert.deepEqual(new Set(ring.behind(0)), new Set(after));
  // An id of the round before: all that were given since are behind it.
  assert.deepEqual(new Set(ring.behind(0xffff_fffe)), new Set(after));
  assert.deepEqual(new PendingRing().behind(5), []);
});
