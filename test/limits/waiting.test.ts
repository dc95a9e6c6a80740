// Limits of calls that wait and of calls that run at once: before the welcome, and in the queue of a client; how many
// bytes of theirs wait.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { errorOf, nothingLeft, Pair, resultOf, saysOf, Work } from "../harness/sessions.ts";
import { bodyOf, decoded } from "../harness/stranger.ts";

test("before the welcome 32 calls are sent and the others wait", async () => {
  const alone = new AloneClient();
  const { clock, server } = alone;
  for (let i = 0; i < 40; i++) alone.call("echo", [i]);
  await clock.settle();
  assert.equal(server.ofKind(kind.call).length, 32);
  server.welcome();
  await clock.settle();
  assert.equal(server.ofKind(kind.call).length, 40);
});

test("before the welcome 16 KiB of arguments are sent and the others wait, in order", async () => {
  const alone = new AloneClient();
  const { clock, server } = alone;
  alone.call("echo", ["x".repeat(16 * 1024 - 100)]);
  alone.call("echo", ["y".repeat(200)]);
  alone.call("echo", ["z"]);
  await clock.settle();
  assert.equal(server.ofKind(kind.call).length, 1);
  server.welcome();
  await clock.settle();
  const bodies = server.ofKind(kind.call).map((frame) => (decoded(frame) as string[])[0]?.[0]);
  assert.deepEqual(bodies, ["x", "y", "z"]);
});

test("10,000 calls at once through one connection all succeed", async () => {
  const pair = new Pair();
  const results = Array.from({ length: 10_000 }, (_, i) => pair.call("echo", [i]));
  await pair.settle();
  assert.deepEqual(
    results.map(resultOf),
    results.map((_, i) => i),
  );
  assert.equal(pair.serverHome.counters.refusedRunning, 0);
  assert.deepEqual(pair.left, { ...nothingLeft });
});

test("a server that runs four at once is given four at once, and early calls beyond that are not refused", async () => {
  const pair = new Pair({ serverLimits: { running: 4 } });
  const early = Array.from({ length: 20 }, (_, i) => pair.call("wait", [`${i}`]));
  await pair.settle();
  assert.equal(pair.serverHome.counters.runningNow, 4);
  for (let i = 0; i < 20; i++) {
    pair.real.waiting.get(`${i}`)?.resolve(i);
    await pair.settle();
    assert.ok(pair.serverHome.counters.runningNow <= 4);
  }
  assert.deepEqual(
    early.map(resultOf),
    early.map((_, i) => i),
  );
});

test("whoever runs more than it was told is refused at once, not executed", async () => {
  const alone = new AloneServer({ running: 2, earlyCalls: 0 });
  const { client, clock, endpoint } = alone;
  await alone.greet();
  for (let call = 1; call <= 3; call++)
    client.send(kind.call, { call, method: numberOf["wait"] ?? 0 }, bodyOf([`${call}`]));
  await clock.settle();
  assert.equal(endpoint.counters.runningNow, 2);
  assert.deepEqual(
    client.ofKind(kind.failure).map(({ call }) => call),
    [3],
  );
  assert.equal(endpoint.counters.refusedRunning, 1);
});

test("one call over the limit of waiting calls is refused at once", async () => {
  const pair = new Pair({ serverLimits: { running: 1 }, clientLimits: { waiting: 3 } });
  await pair.settle();
  const results = ["a", "b", "c", "d", "e"].map((name) => pair.call("wait", [name]));
  await pair.settle();
  assert.equal(saysOf(results[4] ?? { settled: null }), "RESOURCE_EXHAUSTED BUSY not-executed");
  assert.equal(pair.clientHome.counters.refusedWaiting, 1);
  assert.deepEqual(
    results.slice(0, 4).map(({ settled }) => settled),
    [null, null, null, null],
  );
  for (const name of ["a", "b", "c", "d"]) {
    pair.real.waiting.get(name)?.resolve(name);
    await pair.settle();
  }
  assert.deepEqual(results.slice(0, 4).map(resultOf), ["a", "b", "c", "d"]);
});

test("the bytes of waiting calls have a limit as well", async () => {
  const pair = new Pair({ serverLimits: { running: 1 }, clientLimits: { waitingBytes: 1000 } });
  await pair.settle();
  const running = pair.call("wait", ["a"]);
  const fits = pair.call("echo", ["x".repeat(900)]);
  const refused = pair.call("echo", ["x".repeat(200)]);
  await pair.settle();
  assert.match(errorOf(refused).message, /wait already/);
  pair.real.waiting.get("a")?.resolve("a");
  await pair.settle();
  assert.equal(resultOf(running), "a");
  assert.equal(String(resultOf(fits)).length, 900);
});

test("arguments are marshalled when the call is made: what changes while it waits changes no call", async () => {
  const pair = new Pair({ serverLimits: { running: 1 } });
  await pair.settle();
  pair.call("wait", ["a"]);
  const list = [1];
  const result = pair.call("echo", [list]);
  list.push(2);
  pair.real.waiting.get("a")?.resolve("a");
  await pair.settle();
  pair.real.waiting.get("a")?.resolve("a");
  await pair.settle();
  assert.deepEqual(resultOf(result), [1]);
});

test("when everything fails, calls that waited were not sent, and say so", async () => {
  const pair = new Pair({ serverLimits: { running: 2 } });
  await pair.settle();
  const results = ["a", "b", "c", "d"].map((name) => pair.call("wait", [name]));
  await pair.settle();
  pair.near.break();
  pair.far.break();
  await pair.settle();
  assert.deepEqual(results.map(saysOf), [
    "UNAVAILABLE CONNECTION_LOST unknown",
    "UNAVAILABLE CONNECTION_LOST unknown",
    "UNAVAILABLE CONNECTION_LOST not-executed",
    "UNAVAILABLE CONNECTION_LOST not-executed",
  ]);
  assert.deepEqual([...pair.real.waiting.keys()], ["a", "b"]);
});

test("many calls of 200 KiB made in one turn do not look like a side that does not read", async () => {
  const pair = new Pair({ limits: { waitingBytes: 64 * 1024 * 1024 } });
  await pair.settle();
  const text = "x".repeat(200 * 1024);
  const results = Array.from({ length: 120 }, () => pair.call("echo", [text]));
  let most = 0;
  pair.near.full = true;
  pair.clock.turn();
  most = Math.max(most, pair.near.unsent);
  pair.near.take();
  await pair.settle();
  assert.ok(most < 2 * 1024 * 1024, `${most} bytes were handed over at once`);
  assert.ok(results.every((result) => resultOf(result) === text));
  assert.equal(pair.clientHome.counters.unsentCloses + pair.serverHome.counters.unsentCloses, 0);
});

test("a timeout that is no number of milliseconds is refused before anything is sent", async () => {
  const pair = new Pair();
  await pair.settle();
  const before = pair.clientHome.counters.framesSent;
  for (const timeout of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 86_400_001, "5" as unknown as number]) {
    const result = pair.call("echo", [1], { timeout });
    await pair.settle();
    assert.equal(saysOf(result), "INVALID_ARGUMENT BAD_OPTION not-executed");
  }
  assert.equal(pair.clientHome.counters.framesSent, before);
  assert.equal(Work.table.length, 6);
});
