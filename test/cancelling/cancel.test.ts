// Cancelling a call by its AbortSignal (abort), before it is sent, while it waits, while it runs and after it ended;
// and floods of cancel frames.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { nothingLeft, Pair, resultOf, saysOf } from "../harness/sessions.ts";
import { bodyOf } from "../harness/stranger.ts";

test("a signal that has aborted before refuses the call and sends nothing", async () => {
  const pair = new Pair();
  await pair.settle();
  const before = pair.clientHome.counters.framesSent;
  const call = pair.call("echo", [1], { signal: AbortSignal.abort("no more") });
  await pair.settle();
  assert.equal(saysOf(call), "CANCELLED ABORTED not-executed");
  assert.equal(pair.clientHome.counters.framesSent, before);
});

test("a call that waits and is aborted did not run", async () => {
  const pair = new Pair({ serverLimits: { running: 1 } });
  await pair.settle();
  pair.call("wait", ["a"]);
  const control = new AbortController();
  const call = pair.call("wait", ["b"], { signal: control.signal });
  await pair.settle();
  control.abort();
  await pair.settle();
  assert.equal(saysOf(call), "CANCELLED ABORTED not-executed");
  pair.real.waiting.get("a")?.resolve(1);
  await pair.settle();
  assert.deepEqual([...pair.real.waiting.keys()], ["a"]);
  assert.deepEqual(pair.left, nothingLeft);
});

test("a call that runs and is aborted ends at once for its caller, and the upcall hears of it", async () => {
  const pair = new Pair();
  await pair.settle();
  const control = new AbortController();
  const call = pair.call("wait", ["x"], { signal: control.signal });
  await pair.settle();
  control.abort(new Error("changed my mind"));
  await pair.settle();
  assert.equal(saysOf(call), "CANCELLED ABORTED unknown");
  const running = pair.real.waiting.get("x");
  assert.equal(running?.signal.aborted, true);
  assert.equal((running?.signal.reason as { code: string } | undefined)?.code, "CANCELLED");
  running?.reject(new Error("stopped"));
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("an abort after the reply does nothing, and leaves no listener behind", async () => {
  const pair = new Pair();
  const control = new AbortController();
  let listeners = 0;
  const { signal } = control;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  const call = pair.call("echo", [1], { signal });
  await pair.settle();
  assert.equal(resultOf(call), 1);
  assert.equal(listeners, 0);
  control.abort();
  await pair.settle();
  assert.equal(pair.clientHome.counters.cancelled, 0);
});

test("an abort out of a getter of the arguments cancels the call before it is sent", async () => {
  const pair = new Pair();
  await pair.settle();
  const control = new AbortController();
  const hostile = {
    get field() {
      control.abort();
      return 1;
    },
  };
  const call = pair.call("echo", [hostile], { signal: control.signal });
  const next = pair.call("echo", ["next"]);
  await pair.settle();
  assert.equal(saysOf(call), "CANCELLED ABORTED not-executed");
  assert.equal(resultOf(next), "next");
  assert.deepEqual(pair.real.echoed, ["next"]);
});

test("a getter that cancels another call, or makes one, tears no frame", async () => {
  const pair = new Pair();
  await pair.settle();
  const control = new AbortController();
  const cancelled = pair.call("wait", ["x"], { signal: control.signal });
  await pair.settle();
  const inner: { settled: unknown }[] = [];
  const hostile = {
    before: "some bytes",
    get field() {
      control.abort();
      inner.push(pair.call("echo", ["from a getter"]));
      return "value";
    },
  };
  const outer = pair.call("echo", [hostile]);
  const after = pair.call("echo", ["after"]);
  await pair.settle();
  assert.equal(saysOf(cancelled), "CANCELLED ABORTED unknown");
  assert.equal(pair.real.waiting.get("x")?.signal.aborted, true);
  assert.equal(saysOf(inner[0] as typeof outer), "INVALID_ARGUMENT NOT_MARSHALLABLE not-executed");
  assert.deepEqual(resultOf(outer), { before: "some bytes", field: "value" });
  assert.equal(resultOf(after), "after");
  assert.equal(pair.serverHome.counters.badFrames, 0);
});

test("a getter that ends a call for which another waits sends nothing before its own frame is whole", async () => {
  const pair = new Pair({ serverLimits: { running: 1 } });
  await pair.settle();
  const control = new AbortController();
  const first = pair.call("wait", ["first"], { signal: control.signal });
  const second = pair.call("echo", ["second"]);
  await pair.settle();
  const hostile = {
    get field() {
      control.abort();
      return "third";
    },
  };
  const third = pair.call("echo", [hostile]);
  pair.real.waiting.get("first")?.resolve(1);
  await pair.settle();
  assert.equal(saysOf(first), "CANCELLED ABORTED unknown");
  assert.equal(resultOf(second), "second");
  assert.deepEqual(resultOf(third), { field: "third" });
  assert.deepEqual(pair.left, nothingLeft);
});

test("a million aborted calls: only as many cancels travel as the other side takes, and the connection lives", async () => {
  const pair = new Pair();
  await pair.settle();
  for (let round = 0; round < 3; round++) {
    const controls = Array.from({ length: 500 }, () => new AbortController());
    controls.forEach((control, i) => {
      pair.call("wait", [`${round}:${i}`], { signal: control.signal });
    });
    await pair.settle();
    for (const control of controls) control.abort();
    await pair.settle();
    for (const running of pair.real.waiting.values()) running.resolve(0);
    await pair.settle();
  }
  assert.equal(pair.serverHome.counters.cancelFloods, 0);
  assert.equal(pair.serverHome.counters.cancelled, 150);
  assert.equal(pair.client.error, null);
  assert.deepEqual(pair.left, nothingLeft);
});

test("a stranger that floods with cancels loses its connection and nobody else does", async () => {
  const alone = new AloneServer();
  await alone.greet();
  for (let i = 0; i < 200; i++) alone.client.send(kind.cancel, { call: i });
  await alone.clock.settle();
  assert.equal(alone.endpoint.counters.cancelFloods, 0);
  alone.client.send(kind.cancel, { call: 1 });
  await alone.clock.settle();
  assert.equal(alone.endpoint.counters.cancelFloods, 1);
  assert.equal(alone.client.ofKind(kind.refusal).length, 1);
  assert.equal(alone.closed.length, 1);
});

test("cancels come back with time", async () => {
  const alone = new AloneServer();
  await alone.greet();
  for (let second = 0; second < 10; second++) {
    for (let i = 0; i < 50; i++) alone.client.send(kind.cancel, { call: i });
    await alone.clock.advance(1_000);
  }
  assert.equal(alone.endpoint.counters.cancelFloods, 0);
});

test("a cancel is told once, with the call's id, and not for a call whose deadline has passed", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  const control = new AbortController();
  alone.call("wait", ["a"], { signal: control.signal });
  alone.call("wait", ["b"], { timeout: 10 });
  await alone.clock.settle();
  control.abort();
  control.abort();
  await alone.clock.advance(20);
  assert.deepEqual(
    alone.server.ofKind(kind.cancel).map(({ call }) => call),
    [1],
  );
});

test("a cancel for a call that never was, or is over, does nothing", async () => {
  const alone = new AloneServer();
  await alone.greet();
  alone.client.send(kind.call, { call: 5, method: numberOf["echo"] ?? 0 }, bodyOf([1]));
  alone.client.send(kind.cancel, { call: 5 });
  alone.client.send(kind.cancel, { call: 99 });
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.reply).length, 1);
  assert.equal(alone.endpoint.counters.cancelled, 0);
});
