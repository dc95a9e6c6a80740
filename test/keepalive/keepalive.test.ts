// Keepalive (heartbeat, ping and pong), on virtual time: a silent side is asked for a sign of life, and closed when it
// gives none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits } from "upcall";
import { kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer } from "../harness/alone.ts";
import { hanging, Pair, resultOf, saysOf } from "../harness/sessions.ts";

const { keepalive, keepaliveAnswer } = defaultLimits;
const found = keepalive + keepaliveAnswer;

test("the defaults find a half-open connection in 40 s", () => {
  assert.ok(found <= 40_000);
});

test("a caller whose server says nothing more asks, gives up, and its calls end as unknown", async () => {
  const alone = new AloneClient({ keepalive });
  alone.server.welcome();
  await alone.clock.settle();
  const call = alone.call("slow", ["x"]);
  await alone.clock.advance(24_000);
  assert.equal(alone.server.ofKind(kind.ping).length, 0);
  await alone.clock.advance(6_000);
  assert.equal(alone.server.ofKind(kind.ping).length, 1);
  assert.equal(call.settled, null);
  await alone.clock.advance(keepaliveAnswer);
  assert.equal(saysOf(call), "UNAVAILABLE CONNECTION_LOST unknown");
  assert.match(alone.closed[0]?.message ?? "", /nothing came from .* about 40000 ms.*limits\.keepalive/);
  assert.equal(alone.endpoint.counters.silentCloses, 1);
  assert.equal(alone.endpoint.counters.leasesExpired, 0);
  // Not ended, which would wait for an answer.
  assert.deepEqual(alone.end.log, ["destroy"]);
  assert.equal(hanging(alone.endpoint) + alone.clock.kept, 0);
});

test("a server whose caller vanishes gives it up as well, and its upcalls are told", async () => {
  const pair = new Pair({ serverLimits: { keepalive } });
  await pair.settle();
  pair.call("slow", ["x"]);
  await pair.settle();
  pair.far.held = true;
  await pair.advance(found + 1);
  assert.equal(pair.real.waiting.get("x")?.signal.aborted, true);
  assert.equal(pair.serverClosed[0]?.reason, "CONNECTION_LOST");
});

test("whenever the last sign came, a silent side is given up no earlier than 30 s after it and no later than 40", async () => {
  for (let last = 1; last <= keepalive; last += 1_777) {
    const alone = new AloneServer({ keepalive });
    await alone.greet();
    await alone.clock.advance(last);
    alone.client.send(kind.settledBelow);
    await alone.clock.settle();
    await alone.clock.advance(30_000);
    assert.equal(alone.closed.length, 0, `last heard at ${last}`);
    await alone.clock.advance(10_001 + 8);
    assert.equal(alone.closed.length, 1, `last heard at ${last}`);
  }
});

test("whoever answers is kept, and is asked about once in the time that it may be silent", async () => {
  const pair = new Pair({ limits: { keepalive } });
  await pair.settle();
  const before = pair.serverHome.counters.framesReceived;
  await pair.advance(3_600_000);
  assert.deepEqual([pair.clientClosed, pair.serverClosed], [[], []]);
  const asked = pair.serverHome.counters.framesReceived - before;
  // Either asks, and what is heard of it is a sign of life for the other one.
  assert.ok(asked > 100 && asked < 300, `${asked} frames in an hour`);
  const call = pair.call("echo", ["still"]);
  await pair.settle();
  assert.equal(resultOf(call), "still");
  assert.equal(pair.clock.kept, 0, "no process waits for it");
  void pair.client.close();
  await pair.settle();
  assert.equal(pair.left["deadlines"], 0);
});

test("any bytes are a sign of life, though they be no whole frame", async () => {
  const alone = new AloneServer({ keepalive });
  await alone.greet();
  alone.client.end.write(Uint8Array.of(0, 0));
  for (let second = 0; second < 120; second += 20) {
    await alone.clock.advance(20_000);
    alone.client.end.write(Uint8Array.of(0));
    await alone.clock.settle();
  }
  assert.equal(alone.client.ofKind(kind.ping).length, 0);
  assert.equal(alone.closed.length, 0);
});

test("a side that takes what is sent to it, however slowly, is not asked: its reading is looked after", async () => {
  const alone = new AloneServer({ keepalive, unsentTime: 3_600_000 });
  await alone.greet();
  alone.end.full = true;
  alone.session.ping().catch(() => {});
  await alone.clock.advance(found * 3);
  assert.equal(alone.closed.length, 0);
  alone.end.take();
  await alone.clock.advance(found + 10_000);
  assert.equal(alone.closed.length, 1);
});

test("what came while this side was busy is read before it gives up", async () => {
  const alone = new AloneServer({ keepalive });
  await alone.greet();
  await alone.clock.advance(keepalive);
  assert.equal(alone.client.ofKind(kind.ping).length, 1);
  // The turn in which the time is over: the answer is there, behind it.
  let turns = 0;
  alone.clock.nextTurn = (fn) => {
    turns++;
    alone.client.send(kind.pong);
    setImmediate(fn);
  };
  await alone.clock.advance(keepaliveAnswer);
  await alone.clock.settle();
  assert.deepEqual([turns, alone.closed.length], [1, 0]);
  alone.clock.nextTurn = setImmediate;
  await alone.clock.advance(found);
  assert.equal(alone.closed.length, 1);
});

test("0 turns it off", async () => {
  const alone = new AloneServer({ keepalive: 0 });
  await alone.greet();
  assert.equal(hanging(alone.endpoint), 0);
  await alone.clock.advance(24 * 3_600_000);
  assert.equal(alone.closed.length, 0);
  assert.equal(alone.client.ofKind(kind.ping).length, 0);
});

test("a connection that ends while it is asked is over once", async () => {
  const alone = new AloneServer({ keepalive });
  await alone.greet();
  await alone.clock.advance(keepalive);
  alone.client.end.break();
  alone.end.break();
  await alone.clock.advance(found);
  assert.equal(alone.closed.length, 1);
  assert.equal(alone.endpoint.counters.silentCloses, 0);
  assert.equal(hanging(alone.endpoint), 0);
});
