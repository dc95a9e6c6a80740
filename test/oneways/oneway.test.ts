// Oneway calls (fire and forget): they have no reply, and nothing that goes wrong with one is answered.
import assert from "node:assert/strict";
import { test } from "node:test";
import { flag, kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { nothingLeft, Pair, resultOf } from "../harness/sessions.ts";
import { bodyOf } from "../harness/stranger.ts";

test("a oneway call is over for its caller when it was handed over, and gets no reply", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  const call = alone.call("note", ["x"]);
  await alone.clock.settle();
  assert.equal(resultOf(call), undefined);
  const [frame] = alone.server.ofKind(kind.call);
  assert.equal(frame?.flags, flag.oneway);
  assert.equal(alone.session.calls.size, 0);
  assert.equal(alone.endpoint.platform.deadlines.size, 0);
});

test("nothing that goes wrong with a oneway call is answered", async () => {
  const alone = new AloneServer({ message: 100 });
  await alone.greet();
  const note = numberOf["note"] ?? 0;
  const send = (call: number, method: number, body: Uint8Array): void =>
    alone.client.send(kind.call, { call, method, flags: flag.oneway }, body);
  send(1, note, bodyOf(["fine"]));
  send(2, note, Uint8Array.of(0xc1));
  send(3, 77, bodyOf([]));
  send(4, note, bodyOf(["x".repeat(200)]));
  send(5, numberOf["fail"] ?? 0, bodyOf(["it"]));
  send(6, numberOf["wait"] ?? 0, bodyOf(["x"]));
  send(6, numberOf["wait"] ?? 0, bodyOf(["y"]));
  await alone.clock.settle();
  assert.deepEqual(
    alone.client.frames.map((frame) => frame.kind),
    [kind.welcome],
  );
  assert.deepEqual(alone.real.notes, ["fine"]);
  for (const running of alone.real.waiting.values()) running.resolve(1);
  await alone.clock.settle();
  assert.equal(alone.client.frames.length, 1);
  assert.equal(alone.session.upcalls.size, 0);
});

test("two long oneway calls travel in pieces between each other and arrive whole", async () => {
  const pair = new Pair();
  await pair.settle();
  const values = ["a", "b", "c"].map((letter) => letter.repeat(700_000));
  const calls = values.map((value) => pair.call("note", [value]));
  await pair.settle();
  await pair.settle();
  for (const call of calls) assert.equal(resultOf(call), undefined);
  assert.deepEqual(new Set(pair.real.notes), new Set(values));
  assert.deepEqual(pair.left, nothingLeft);
});

test("a oneway call whose connection is gone is refused", async () => {
  const pair = new Pair();
  await pair.settle();
  pair.near.break();
  pair.far.break();
  await pair.settle();
  const call = pair.call("note", ["x"]);
  await pair.settle();
  assert.equal((call.settled as { error: { outcome: string } }).error.outcome, "not-executed");
});
