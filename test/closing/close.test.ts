// Closing a connection or a server (graceful shutdown), on virtual time: running calls are drained up to a limit, later
// ones are refused, and close may be called twice or by both sides at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endFor, enter, leave } from "#internal/call/current-call.js";
import type { IncomingCall } from "#internal/contract/callee.js";
import { kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { hanging, nothingLeft, Pair, resultOf, saysOf } from "../harness/sessions.ts";
import { bodyOf, decoded } from "../harness/stranger.ts";

test("close lets running and waiting calls finish, takes no more, and may be called twice", async () => {
  const pair = new Pair({ serverLimits: { running: 1 } });
  await pair.settle();
  const running = pair.call("wait", ["a"]);
  const waiting = pair.call("wait", ["b"]);
  await pair.settle();
  const [first, second] = [pair.client.close(), pair.client.close()];
  assert.equal(first, second);
  const late = pair.call("echo", ["late"]);
  await pair.settle();
  assert.equal(saysOf(late), "UNAVAILABLE CLOSED not-executed");
  pair.real.waiting.get("a")?.resolve(1);
  await pair.settle();
  pair.real.waiting.get("b")?.resolve(2);
  await pair.settle();
  await first;
  assert.deepEqual([running, waiting].map(resultOf), [1, 2]);
  assert.deepEqual(pair.clientClosed, [null]);
  assert.deepEqual(pair.serverClosed, [null]);
  assert.deepEqual(pair.left, nothingLeft);
  await pair.client.close();
});

test("a call that does not finish by the drain limit ends as unknown, one that waited as not executed, and stays unsent", async () => {
  const pair = new Pair({ serverLimits: { running: 1 } });
  await pair.settle();
  const running = pair.call("wait", ["a"]);
  const waiting = ["b", "c"].map((name) => pair.call("wait", [name]));
  await pair.settle();
  const closing = pair.client.close();
  await pair.advance(9_999);
  assert.equal(running.settled, null);
  await pair.advance(1);
  await closing;
  assert.equal(saysOf(running), "CANCELLED CLOSED unknown");
  assert.deepEqual(waiting.map(saysOf), ["CANCELLED CLOSED not-executed", "CANCELLED CLOSED not-executed"]);
  assert.equal(pair.real.waiting.get("a")?.signal.aborted, true);
  assert.deepEqual([...pair.real.waiting.keys()], ["a"]);
  pair.real.waiting.get("a")?.resolve("too late");
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("a server that closes lets running calls finish and refuses new ones as not executed", async () => {
  const pair = new Pair();
  await pair.settle();
  const running = pair.call("wait", ["a"]);
  await pair.settle();
  const closing = pair.server.close();
  const refused = pair.call("echo", ["late"]);
  await pair.settle();
  assert.equal(saysOf(refused), "UNAVAILABLE CLOSED not-executed");
  pair.real.waiting.get("a")?.resolve("done");
  await pair.settle();
  await closing;
  assert.equal(resultOf(running), "done");
  assert.deepEqual(pair.left, nothingLeft);
  assert.equal(pair.client.error?.code, "UNAVAILABLE");
});

test("both ends close at once with a call in flight: whether it ran is not known", async () => {
  const pair = new Pair({ serverLimits: { drain: 104 } });
  await pair.settle();
  const call = pair.call("wait", ["a"]);
  await pair.settle();
  const closing = [pair.client.close(), pair.server.close()];
  await pair.advance(104);
  await Promise.all(closing);
  assert.equal((call.settled as { error: { outcome: string } }).error.outcome, "unknown");
});

test("an upcall that never ends keeps neither a closed session nor the process", async () => {
  const pair = new Pair();
  await pair.settle();
  pair.call("slow", ["a"]);
  await pair.settle();
  pair.near.break();
  pair.far.break();
  await pair.settle();
  assert.equal(pair.real.waiting.get("a")?.signal.aborted, true);
  assert.deepEqual({ ...pair.left, running: 0, runningNow: 0 }, nothingLeft);
});

test("close while the greeting is on its way", async () => {
  const pair = new Pair();
  const closing = pair.client.close();
  await pair.settle();
  await closing;
  assert.deepEqual(pair.clientClosed, [null]);
  assert.deepEqual(pair.serverClosed, [null]);
  assert.deepEqual(pair.left, nothingLeft);
});

test("close of a server session that was never greeted", async () => {
  const alone = new AloneServer();
  const closing = alone.session.close();
  await alone.clock.settle();
  await closing;
  assert.equal(alone.closed.length, 1);
  assert.equal(hanging(alone.endpoint) + alone.clock.kept, 0);
});

test("a side that does not answer the farewell is not waited for more than a second", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  alone.server.ended = () => {};
  const closing = alone.session.close();
  await alone.clock.advance(999);
  assert.equal(alone.closed.length, 0);
  await alone.clock.advance(1);
  await closing;
  assert.equal(hanging(alone.endpoint) + alone.clock.kept, 0);
});

test("when the other side ends, calls that were sent are unknown and calls that waited are not executed", async () => {
  const alone = new AloneClient();
  alone.server.welcome(1);
  await alone.clock.settle();
  const calls = ["a", "b"].map((name) => alone.call("wait", [name]));
  await alone.clock.settle();
  alone.server.end.end();
  await alone.clock.settle();
  assert.deepEqual(calls.map(saysOf), [
    "UNAVAILABLE CONNECTION_LOST unknown",
    "UNAVAILABLE CONNECTION_LOST not-executed",
  ]);
  const late = alone.call("wait", ["c"]);
  await alone.clock.settle();
  assert.equal((late.settled as { error: { outcome: string } }).error.outcome, "not-executed");
});

test("calls that are held when a server closes are refused: they did not run", async () => {
  const alone = new AloneServer({ unsentPause: 1000 });
  await alone.greet();
  alone.end.full = true;
  const echo = numberOf["echo"] ?? 0;
  alone.client.send(kind.call, { call: 1, method: echo }, bodyOf(["x".repeat(2000)]));
  await alone.clock.settle();
  alone.client.send(kind.call, { call: 2, method: echo }, bodyOf(["held"]));
  await alone.clock.settle();
  const closing = alone.session.close();
  alone.end.take();
  await alone.clock.settle();
  await closing;
  const [failure] = alone.client.ofKind(kind.failure);
  assert.equal(failure?.call, 2);
  assert.equal((decoded(failure) as { outcome: string }).outcome, "not-executed");
});

test("an error of the connection is the cause of every call's error", async () => {
  const pair = new Pair();
  await pair.settle();
  const calls = ["a", "b", "c"].map((name) => pair.call("wait", [name]));
  await pair.settle();
  pair.near.break();
  pair.far.break();
  await pair.settle();
  const causes = new Set(calls.map((call) => (call.settled as { error: Error }).error.cause));
  assert.equal(causes.size, 1);
});

test("an upcall that never ends keeps no process whose server was closed from inside another call", async () => {
  const pair = new Pair();
  pair.call("wait", ["never"]);
  await pair.settle();
  const before = enter({ isOf: () => true, settled: true } as Partial<IncomingCall> as IncomingCall);
  const closed = endFor(pair.serverHome, pair.server.close(), Promise.resolve());
  leave(before);
  await pair.advance(11_000);
  await closed;
  await pair.client.close();
  await pair.advance(1_000);
  assert.equal(pair.clock.kept, 0);
});
