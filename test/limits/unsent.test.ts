// Backpressure: a side that does not read. What waits to be sent to it is bounded, calls are held, and it is closed
// when it takes nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kind } from "#internal/wire/native/frame.js";
import { AloneServer } from "../harness/alone.ts";
import { nothingLeft, Pair, resultOf, saysOf } from "../harness/sessions.ts";
import { bodyOf } from "../harness/stranger.ts";

const MiB = 1024 * 1024;

async function served(limits = {}): Promise<AloneServer> {
  const alone = new AloneServer(limits);
  await alone.greet();
  return alone;
}

test("a side that takes nothing for ten seconds is given up", async () => {
  const { client, clock, closed, end, endpoint } = await served();
  end.full = true;
  client.send(kind.call, { call: 1 }, bodyOf(["x"]));
  await clock.settle();
  await clock.advance(9_999);
  assert.equal(end.over, false);
  await clock.advance(1);
  assert.equal(end.over, true);
  assert.equal(endpoint.counters.unsentCloses, 1);
  assert.equal(closed[0]?.reason, "CONNECTION_LOST");
});

test("a side that takes as much as is added makes progress, however much stays unsent", async () => {
  const { client, clock, end, endpoint } = await served();
  end.full = true;
  const text = bodyOf(["x".repeat(1000)]);
  client.send(kind.call, { call: 1 }, text);
  await clock.settle();
  for (let call = 2; call < 60; call++) {
    await clock.advance(1_000);
    client.send(kind.call, { call }, text);
    await clock.settle();
    end.take(1000);
  }
  assert.equal(end.over, false);
  assert.equal(endpoint.counters.unsentCloses, 0);
});

test("a side that asks for signs of life and never reads them is closed at the limit", async () => {
  const { client, clock, end, endpoint } = await served({ unsentClose: 100_000 });
  end.full = true;
  for (let round = 0; round < 10 && !end.over; round++) {
    for (let call = 1; call <= 1000; call++) client.send(kind.ping, { call });
    await clock.settle();
  }
  assert.equal(end.over, true);
  assert.equal(endpoint.counters.unsentCloses, 1);
});

test("the same on a medium that copies what it is given", async () => {
  const { client, clock, end, endpoint } = await served({ unsentClose: 100_000, unsentPause: 50_000 });
  end.full = true;
  end.copies = true;
  for (let round = 0; round < 10 && !end.over; round++) {
    for (let call = 1; call <= 1000; call++) client.send(kind.ping, { call });
    await clock.settle();
  }
  assert.equal(end.over, true);
  assert.equal(endpoint.counters.unsentCloses, 1);
});

test("results that are finished together are no reason to give a side up that reads", async () => {
  for (const [count, size] of [
    [10, 3 * MiB],
    [120, 200 * 1024],
  ] as const) {
    const pair = new Pair();
    const results = Array.from({ length: count }, (_, i) => pair.call("wait", [`${i}`]));
    await pair.settle();
    pair.far.full = true;
    for (let i = 0; i < count; i++) pair.real.waiting.get(`${i}`)?.resolve(new Uint8Array(size));
    for (let turns = 0; turns < 1000 && results.some(({ settled }) => settled === null); turns++) {
      await pair.settle();
      assert.ok(pair.far.unsent < 3 * MiB, `${pair.far.unsent} bytes were handed over at once`);
      pair.far.take();
      pair.far.full = true;
    }
    for (const result of results) assert.equal((resultOf(result) as Uint8Array).length, size);
    assert.equal(pair.serverHome.counters.unsentCloses, 0);
  }
});

test("calls of a side that does not take its replies are held, and refused when too many", async () => {
  const { client, clock, end, real } = await served({ running: 3, unsentPause: 1000 });
  end.full = true;
  client.send(kind.call, { call: 1 }, bodyOf(["x".repeat(2000)]));
  await clock.settle();
  for (let call = 2; call <= 6; call++) client.send(kind.call, { call }, bodyOf(["y"]));
  await clock.settle();
  assert.deepEqual(real.echoed.length, 1);
  end.take();
  await clock.settle();
  assert.equal(real.echoed.length, 4);
  assert.deepEqual(
    client.ofKind(kind.failure).map(({ call }) => call),
    [5, 6],
  );
  assert.deepEqual(
    client.ofKind(kind.reply).map(({ call }) => call),
    [1, 2, 3, 4],
  );
});

test("a held call whose caller has cancelled it, or whose deadline has passed, does not run", async () => {
  const { client, clock, end, endpoint, real } = await served({ unsentPause: 1000 });
  end.full = true;
  client.send(kind.call, { call: 1 }, bodyOf(["x".repeat(2000)]));
  await clock.settle();
  client.send(kind.call, { call: 2, remaining: 5_000 }, bodyOf(["cancelled"]));
  client.send(kind.call, { call: 3, remaining: 100 }, bodyOf(["late"]));
  client.send(kind.call, { call: 4, remaining: 5_000 }, bodyOf(["runs"]));
  client.send(kind.cancel, { call: 2 });
  await clock.advance(1_000);
  end.take();
  await clock.settle();
  assert.deepEqual(real.echoed.slice(1), ["runs"]);
  assert.equal(endpoint.counters.expired, 1);
});

test("a call id used twice among held calls ends the connection, and nothing is thrown into the transport", async () => {
  const { client, clock, end, endpoint } = await served({ unsentPause: 1000 });
  end.full = true;
  client.send(kind.call, { call: 1 }, bodyOf(["x".repeat(2000)]));
  await clock.settle();
  for (let i = 0; i < 2; i++) client.send(kind.call, { call: 9 }, bodyOf(["same"]));
  await clock.settle();
  assert.doesNotThrow(() => end.take());
  await clock.settle();
  assert.equal(client.ofKind(kind.refusal).length, 1);
  assert.equal(endpoint.counters.badFrames, 1);
});

test("a oneway call that finds no room waits for it, so that a loop of them holds little memory", async () => {
  const pair = new Pair();
  await pair.settle();
  pair.near.full = true;
  const results = Array.from({ length: 300 }, () => pair.call("note", ["x".repeat(10_000)]));
  await pair.settle();
  assert.ok(pair.near.unsent < 2 * MiB, `${pair.near.unsent} bytes`);
  assert.ok(results.some(({ settled }) => settled === null));
  pair.near.take();
  await pair.settle();
  pair.near.take();
  await pair.settle();
  assert.equal(results.filter(({ settled }) => settled === null).length, 0);
  assert.equal(pair.real.notes.length, 300);
});

test("a loop that awaits oneway calls lets each batch out", async () => {
  const pair = new Pair();
  await pair.settle();
  const entry = pair.client.announce(pair.work);
  const { table } = pair.work;
  let sent = 0;
  void (async () => {
    for (; sent < 5_000; sent++) await pair.client.call(entry + 3, table[3] as never, ["x".repeat(1000)], null);
  })();
  await Promise.resolve();
  for (let i = 0; i < 100; i++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(sent < 2_000, `${sent} were made without a turn's end`);
  for (let i = 0; i < 20; i++) await pair.settle();
  assert.equal(pair.real.notes.length, 5_000);
});

test("after a side was given up every call has settled and nothing is left", async () => {
  const pair = new Pair();
  const sent = pair.call("wait", ["a"]);
  await pair.settle();
  pair.near.full = true;
  const unsent = pair.call("wait", ["b"]);
  await pair.advance(10_000);
  assert.equal(saysOf(sent), "UNAVAILABLE CONNECTION_LOST unknown");
  assert.equal(saysOf(unsent), "UNAVAILABLE CONNECTION_LOST unknown");
  await pair.settle();
  pair.real.waiting.get("a")?.resolve("late");
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});
