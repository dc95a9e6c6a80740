// Deadlines and timeouts of calls, on virtual time: defaults, `timeout` of a method or a call, the timer wheel, the
// time left that travels to the server, and pings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines, Timed } from "#internal/endpoint/deadlines.js";
import { kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { fc } from "../harness/properties.ts";
import { nothingLeft, Pair, resultOf, saysOf } from "../harness/sessions.ts";
import { bodyOf } from "../harness/stranger.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

const day = 24 * 60 * 60 * 1000;

class Due extends Timed {
  at: number | null = null;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock, deadline: number) {
    super();
    this.#clock = clock;
    this.deadline = deadline;
  }

  override expired(): void {
    assert.equal(this.at, null);
    this.at = this.#clock.now();
  }
}

test("whatever hangs in the wheel ends at its time, at most one slot late and never a slot early", async () => {
  const times = fc.oneof(
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 0, max: 40_000 }),
    fc.integer({ min: 0, max: 200_000 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(times, times, fc.boolean()), { maxLength: 30 }), async (entries) => {
      const clock = new VirtualClock();
      const deadlines = new Deadlines(clock);
      const hung: { due: Due; removed: boolean }[] = [];
      for (const [wait, ahead, remove] of entries) {
        await clock.advance(wait % 500);
        const due = new Due(clock, clock.now() + ahead);
        deadlines.add(due);
        hung.push({ due, removed: false });
        const victim = hung[wait % hung.length];
        if (remove && victim !== undefined && victim.due.at === null) {
          deadlines.remove(victim.due);
          victim.removed = true;
        }
      }
      await clock.advance(400_000);
      for (const { due, removed } of hung) {
        if (removed) assert.equal(due.at, null);
        else
          assert.ok(
            due.at !== null && due.at >= due.deadline - 1 && due.at <= due.deadline + 8,
            `${due.at} for ${due.deadline}`,
          );
      }
      assert.equal(deadlines.size, 0);
      assert.equal(clock.kept, 0);
    }),
    { numRuns: 60 },
  );
});

test("what is late already when it is hung in ends at once, not a turn of the wheel later", async () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  deadlines.add(new Due(clock, 500));
  await clock.advance(1_000);
  deadlines.add(new Due(clock, 60_000));
  const late = new Due(clock, 100);
  deadlines.add(late);
  await clock.advance(8);
  assert.ok(late.at !== null);
});

for (const timeout of [1, 7, 8, 9, 32_767, 32_768, 32_769, 40_000, 65_536, day]) {
  test(`a call with ${timeout} ms ends then, not before`, async () => {
    const pair = new Pair();
    await pair.settle();
    const call = pair.call("wait", ["x"], { timeout });
    await pair.advance(timeout - 1);
    assert.equal(call.settled, null);
    await pair.advance(9);
    assert.equal(saysOf(call), "DEADLINE_EXCEEDED TIMEOUT unknown");
    assert.equal(pair.clientHome.counters.deadlinesExceeded, 1);
  });
}

test("the default is 30 s, the method's own comes before it, and what the call says before that", async () => {
  const pair = new Pair();
  await pair.settle();
  const usual = pair.call("wait", ["a"]);
  const quick = pair.call("quick", []);
  const said = pair.call("quick", [], { timeout: 100 });
  await pair.advance(58);
  assert.deepEqual([usual.settled, quick.settled !== null, said.settled], [null, true, null]);
  await pair.advance(50);
  assert.ok(said.settled !== null);
  await pair.advance(30_000 - 109);
  assert.equal(usual.settled, null);
  await pair.advance(9);
  assert.ok(usual.settled !== null);
});

test("a call that was never sent by its deadline says so: it did not run", async () => {
  const pair = new Pair({ serverLimits: { running: 1 } });
  await pair.settle();
  const running = pair.call("slow", ["a"]);
  const waiting = pair.call("wait", ["b"], { timeout: 1_000 });
  await pair.advance(1_008);
  assert.equal(saysOf(waiting), "DEADLINE_EXCEEDED EXPIRED not-executed");
  pair.real.waiting.get("a")?.resolve(1);
  await pair.settle();
  assert.equal(resultOf(running), 1);
  assert.deepEqual([...pair.real.waiting.keys()], ["a"]);
  assert.deepEqual(pair.left, nothingLeft);
});

test("the deadline travels: the upcall hears of it by its own clock, and a late result is passed over", async () => {
  const pair = new Pair();
  await pair.settle();
  const call = pair.call("wait", ["x"], { timeout: 200 });
  await pair.settle();
  const running = pair.real.waiting.get("x");
  await pair.advance(190);
  assert.equal(running?.signal.aborted, false);
  await pair.advance(18);
  assert.equal(running?.signal.aborted, true);
  assert.equal((running?.signal.reason as { reason: string } | undefined)?.reason, "TIMEOUT");
  running?.resolve("late");
  await pair.settle();
  assert.equal(saysOf(call), "DEADLINE_EXCEEDED TIMEOUT unknown");
  assert.deepEqual(pair.left, nothingLeft);
});

test("a call waits before it is sent: only what is left of its time travels", async () => {
  const alone = new AloneClient();
  await alone.clock.settle();
  alone.server.welcome(1);
  await alone.clock.settle();
  alone.call("slow", ["a"]);
  alone.call("wait", ["b"], { timeout: 1_000 });
  await alone.clock.advance(600);
  alone.server.send(kind.reply, { call: 1 }, bodyOf(1));
  await alone.clock.settle();
  const [first, second] = alone.server.ofKind(kind.call);
  assert.equal(first?.remaining, day);
  assert.equal(second?.remaining, 400);
});

test("a call that names no time gets the server's, and nobody gets more than 24 h", async () => {
  const alone = new AloneServer();
  await alone.greet();
  const { client, clock, real } = alone;
  client.send(kind.call, { call: 1, method: numberOf["wait"] ?? 0, remaining: 0 }, bodyOf(["a"]));
  client.send(kind.call, { call: 2, method: numberOf["wait"] ?? 0, remaining: 0xffff_ffff }, bodyOf(["b"]));
  await clock.settle();
  const [a, b] = [real.waiting.get("a"), real.waiting.get("b")];
  assert.ok(a !== undefined && b !== undefined);
  await clock.advance(30_008);
  assert.equal(a.signal.aborted, true);
  assert.equal(b.signal.aborted, false);
  await clock.advance(day);
  assert.equal(b.signal.aborted, true);
});

test("a ping is answered with nothing called, and fails when the connection is gone", async () => {
  const pair = new Pair();
  const answered = pair.client.ping();
  await pair.settle();
  await answered;
  assert.equal(pair.serverHome.counters.callsReceived, 0);
  const lost = assert.rejects(pair.client.ping(), { code: "UNAVAILABLE" });
  pair.near.break();
  await pair.settle();
  await lost;
  await assert.rejects(pair.client.ping(), { code: "UNAVAILABLE" });
});

test("a ping that is not answered ends after the time of a call", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  const outcome = alone.session.ping().then(
    () => "answered",
    (error: { code: string }) => error.code,
  );
  await alone.clock.advance(30_000);
  assert.equal(await outcome, "DEADLINE_EXCEEDED");
  assert.equal(alone.clock.kept, 0);
});
