// Authorization: the server's `authorize` hook is asked who may call which method before anything of a call is decoded.
// What is not allowed (PERMISSION_DENIED) looks like a method that does not exist.

import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits, defineInterface, method } from "upcall";
import type { Authorize, WantedCall } from "#internal/call/access.js";
import { localPeer } from "#internal/peer.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { AloneServer, numberOf } from "../harness/alone.ts";
import { errorOf, nothingLeft, Pair, resultOf, saysOf, Work } from "../harness/sessions.ts";
import { bodyOf, decoded, framesIn } from "../harness/stranger.ts";

const denied = "PERMISSION_DENIED NOT_ALLOWED not-executed";
const echo = numberOf["echo"] ?? 0;
const note = numberOf["note"] ?? 0;
const wait = numberOf["wait"] ?? 0;

/** A hook whose answers a test gives when it likes. */
class Asked {
  readonly calls: WantedCall[] = [];
  readonly answers: ((said: unknown) => void)[] = [];
  readonly authorize: Authorize = (call) => {
    this.calls.push(call);
    return new Promise((resolve) => this.answers.push(resolve));
  };
}

test("the hook is asked for each call, with who calls and what", async () => {
  const asked: WantedCall[] = [];
  const alice = { name: "alice" };
  const pair = new Pair({
    accessHooks: { authenticate: () => alice, authorize: (call) => asked.push(call) > 0 },
  });
  const calls = [pair.call("echo", ["x"]), pair.call("note", ["y"])];
  await pair.settle();
  assert.deepEqual(calls.map(resultOf), ["x", undefined]);
  const who = { identity: alice, peer: localPeer("the client"), interface: "Work" };
  assert.deepEqual(
    asked.map((call) => ({ ...call })),
    [
      { ...who, method: "echo" },
      { ...who, method: "note" },
    ],
  );
  assert.equal(asked[0]?.identity, alice);
});

const odd: readonly (readonly [string, () => unknown])[] = [
  ["false", () => false],
  ["nothing", () => undefined],
  ["null", () => null],
  ["1", () => 1],
  ["a text", () => "true"],
  ["an object", () => ({})],
  ["a function", () => () => true],
  [
    "an error that is thrown",
    () => {
      throw new Error("no");
    },
  ],
  ["a promise that is rejected", () => Promise.reject(new Error("no"))],
  ["a promise of 1", async () => 1],
  ["a promise that never settles", () => new Promise(() => {})],
  // biome-ignore lint/suspicious/noThenProperty: what happens with one is what is tested
  ["something with a then that does nothing", () => ({ then: () => {} })],
];
for (const [name, authorize] of odd) {
  test(`a hook that gives ${name} refuses its call and nothing else`, async () => {
    const pair = new Pair({ accessHooks: { authorize: (call) => (call.method === "quick" ? true : authorize()) } });
    await pair.settle();
    const call = pair.call("echo", ["x"]);
    const oneway = pair.call("note", ["y"]);
    const allowed = pair.call("quick");
    await pair.settle();
    pair.real.waiting.get("quick")?.resolve("ran");
    await pair.settle();
    await pair.advance(defaultLimits.authorizationTime + 8);
    assert.equal(saysOf(call), denied);
    assert.equal(resultOf(allowed), "ran");
    assert.equal(resultOf(oneway), undefined, "nobody is told of a oneway");
    assert.deepEqual([pair.real.echoed, pair.real.notes], [[], []]);
    assert.equal(pair.serverHome.counters.notAllowed, 2);
    assert.deepEqual(pair.left, nothingLeft);
  });
}

test("arguments that cannot be decoded are not even looked at before the call is allowed", async () => {
  const alone = new AloneServer({}, { accessHooks: { authorize: ({ method: name }) => name === "wait" } });
  await alone.greet();
  for (const [call, method] of [echo, wait].entries())
    alone.client.send(kind.call, { call: call + 1, method }, Uint8Array.of(0xc1, 0xc1));
  await alone.clock.settle();
  const says = alone.client.ofKind(kind.failure).map((frame) => (decoded(frame) as { code: string }).code);
  assert.deepEqual(says, ["PERMISSION_DENIED", "INVALID_ARGUMENT"]);
  assert.equal(alone.endpoint.counters.badArguments, 1);
});

const Other = defineInterface("Other", { secret: method<() => void>(), echo: method<(value: unknown) => unknown>() });
const Newer = defineInterface("Work", { newer: method<() => void>() });

test("what is not allowed, an interface and a method that are not there, all look the same", async () => {
  const authorize: Authorize = ({ method: name }) => name !== "echo";
  for (const accessHooks of [{ authorize }, { authorize: async (call: WantedCall) => authorize(call) }]) {
    const pair = new Pair({ accessHooks, interfaces: [Work, Other, Newer] });
    await pair.settle();
    const calls = [
      pair.call("echo", ["x"]),
      pair.callOn(Other, "secret", []),
      pair.callOn(Other, "echo", []),
      pair.callOn(Newer, "newer", []),
    ];
    await pair.settle();
    assert.deepEqual(calls.map(saysOf), [denied, denied, denied, denied]);
    assert.equal(new Set(calls.map((call) => errorOf(call).message)).size, 1);
    const failures = framesIn(pair.far.written).filter((frame) => frame.kind === kind.failure);
    assert.equal(new Set(failures.map(({ flags, body }) => `${flags} ${Buffer.from(body).toString("hex")}`)).size, 1);
    assert.equal(pair.serverHome.counters.notAllowed, 4);
  }
});

test("with authentication alone, names that are not there are not told either", async () => {
  const pair = new Pair({ accessHooks: { authenticate: () => true }, interfaces: [Work, Other] });
  const call = pair.callOn(Other, "secret", []);
  await pair.settle();
  assert.equal(saysOf(call), denied);
  assert.doesNotMatch(errorOf(call).message, /Work|echo|Other|secret/);
});

test("without doors the names are told as ever", async () => {
  const pair = new Pair({ interfaces: [Work, Other] });
  const call = pair.callOn(Other, "secret", []);
  await pair.settle();
  assert.equal(saysOf(call), "UNIMPLEMENTED NO_INTERFACE not-executed");
});

test("a call waits for its answer, others pass it, and its arguments are those that came", async () => {
  const asked = new Asked();
  const pair = new Pair({ accessHooks: asked });
  const [one, other] = [pair.call("echo", ["one"]), pair.call("echo", ["other"])];
  await pair.settle();
  assert.equal(asked.answers.length, 2);
  asked.answers[1]?.(true);
  await pair.settle();
  assert.equal(resultOf(other), "other");
  assert.equal(one.settled, null);
  asked.answers[0]?.(true);
  await pair.settle();
  assert.equal(resultOf(one), "one");
  assert.equal(asked.calls.length, 2, "each is asked for once");
  assert.deepEqual(pair.left, nothingLeft);
});

test("a call that is allowed when its deadline has passed is never started", async () => {
  const asked = new Asked();
  const alone = new AloneServer({}, { accessHooks: asked });
  await alone.greet();
  alone.client.send(kind.call, { call: 1, method: echo, remaining: 100 }, bodyOf(["x"]));
  await alone.clock.advance(101);
  asked.answers[0]?.(true);
  await alone.clock.settle();
  assert.deepEqual(alone.real.echoed, []);
  assert.equal((decoded(alone.client.ofKind(kind.failure)[0]) as { reason: string }).reason, "EXPIRED");
  assert.equal(alone.endpoint.counters.expired, 1);
});

test("a call that is cancelled while it waits for its answer does not run, and its answer changes nothing", async () => {
  const asked = new Asked();
  const alone = new AloneServer({}, { accessHooks: asked });
  await alone.greet();
  alone.client.send(kind.call, { call: 1, method: echo }, bodyOf(["x"]));
  await alone.clock.settle();
  alone.client.send(kind.cancel, { call: 1 });
  await alone.clock.settle();
  const [failure] = alone.client.ofKind(kind.failure);
  assert.equal((decoded(failure) as { code: string }).code, "CANCELLED");
  assert.equal(failure?.flags, flag.unread);
  asked.answers[0]?.(true);
  await alone.clock.settle();
  assert.deepEqual(alone.real.echoed, []);
  assert.equal(alone.client.frames.filter(({ kind: each }) => each === kind.failure || each === kind.reply).length, 1);
});

test("an id that is used again while its call waits for an answer ends the connection", async () => {
  const asked = new Asked();
  const alone = new AloneServer({}, { accessHooks: asked });
  await alone.greet();
  for (const text of ["one", "again"]) alone.client.send(kind.call, { call: 1, method: echo }, bodyOf([text]));
  await alone.clock.settle();
  assert.equal((decoded(alone.client.ofKind(kind.refusal)[0]) as { reason: string }).reason, "BAD_FRAME");
  asked.answers[0]?.(true);
  await alone.clock.settle();
  assert.deepEqual(alone.real.echoed, []);
});

test("oneways wait as well, whatever their ids, and run when they are allowed", async () => {
  const asked = new Asked();
  const alone = new AloneServer({}, { accessHooks: asked });
  await alone.greet();
  for (const text of ["a", "b", "c"])
    alone.client.send(kind.call, { call: 1, method: note, flags: flag.oneway }, bodyOf([text]));
  await alone.clock.settle();
  for (const [index, answer] of asked.answers.entries()) answer(index !== 1);
  await alone.clock.settle();
  assert.deepEqual(alone.real.notes, ["a", "c"]);
});

test("calls that wait for an answer are bounded by number and by bytes", async () => {
  for (const [limits, fits] of [
    [{ running: 3, earlyCalls: 0 }, 3],
    [{ partialBytes: 2_100 }, 2],
  ] as const) {
    const asked = new Asked();
    const alone = new AloneServer(limits, { accessHooks: asked });
    await alone.greet();
    for (let call = 1; call <= 5; call++)
      alone.client.send(kind.call, { call, method: echo }, bodyOf(["x".repeat(1_000)]));
    await alone.clock.settle();
    const refused = alone.client.ofKind(kind.failure);
    assert.deepEqual(new Set(refused.map((frame) => (decoded(frame) as { reason: string }).reason)), new Set(["BUSY"]));
    assert.equal(refused.length, 5 - fits);
    for (const answer of asked.answers) answer(true);
    await alone.clock.settle();
    assert.equal(alone.client.ofKind(kind.reply).length, fits);
    // All that was held is given back.
    alone.client.send(kind.call, { call: 9, method: echo }, bodyOf(["x".repeat(1_000)]));
    await alone.clock.settle();
    asked.answers.at(-1)?.(true);
    await alone.clock.settle();
    assert.equal(alone.client.ofKind(kind.reply).length, fits + 1);
  }
});

test("where a server closes, or the connection ends, while calls wait for an answer, they do not run", async () => {
  for (const how of ["closes", "ends"] as const) {
    const asked = new Asked();
    const pair = new Pair({ accessHooks: asked });
    await pair.settle();
    const call = pair.call("echo", ["x"]);
    await pair.settle();
    if (how === "closes") void pair.server.close();
    else {
      pair.near.break();
      pair.far.break();
    }
    await pair.settle();
    for (const answer of asked.answers) answer(true);
    await pair.settle();
    assert.equal(
      saysOf(call),
      how === "closes" ? "UNAVAILABLE CLOSED not-executed" : "UNAVAILABLE CONNECTION_LOST unknown",
    );
    assert.deepEqual(pair.real.echoed, []);
    assert.deepEqual(pair.left, nothingLeft);
  }
});

test("the object's code is told who calls", async () => {
  const alice = { name: "alice" };
  for (const [accessHooks, identity] of [
    [{ authenticate: () => alice }, alice],
    [{ authorize: () => true }, null],
  ] as const) {
    const pair = new Pair({ accessHooks });
    pair.call("wait", ["x"]);
    await pair.settle();
    assert.equal(pair.real.waiting.get("x")?.identity, identity);
  }
});

test("a promise that is rejected when its call was refused as one too many is heard, and ends no process", async () => {
  const rejected: ((reason: Error) => void)[] = [];
  const authorize = (): Promise<never> => new Promise((_, reject) => rejected.push(reject));
  const alone = new AloneServer({ running: 1, earlyCalls: 0 }, { accessHooks: { authorize } });
  await alone.greet();
  for (const call of [1, 2]) alone.client.send(kind.call, { call, method: echo }, bodyOf(["x"]));
  await alone.clock.settle();
  assert.equal(rejected.length, 2);
  for (const reject of rejected) reject(new Error("the database is gone"));
  await alone.clock.settle();
  const reasons = alone.client.ofKind(kind.failure).map((frame) => (decoded(frame) as { reason: string }).reason);
  assert.deepEqual(reasons.sort(), ["BUSY", "NOT_ALLOWED"]);
  // The runner fails for a rejection that nobody heard.
  await new Promise((resolve) => setImmediate(resolve));
});
