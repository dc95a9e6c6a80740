// A call whose deadline has passed is never begun, wherever it waited, even where a busy thread made the timers late.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallContext, connect, defineInterface, implement, method, type Schema, serve, within } from "upcall";
import { proxyOf } from "#internal/proxy/proxy.js";
import { Session } from "#internal/session/native/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { Nested, outcomeOf } from "../context/nested.ts";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { link } from "../harness/link.ts";
import { clientSession, newEndpoint, resultOf, saysOf } from "../harness/sessions.ts";
import { bodyOf, decoded } from "../harness/stranger.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

const expired = "DEADLINE_EXCEEDED EXPIRED not-executed";

test("with its caller, because the other side runs as many as it may", async () => {
  const alone = new AloneClient();
  alone.server.welcome(1);
  await alone.clock.settle();
  const running = alone.call("wait", ["a"]);
  const late = alone.call("wait", ["b"], { timeout: 100 });
  const inTime = alone.call("wait", ["c"], { timeout: 1_000 });
  await alone.clock.settle();
  alone.clock.busy(150);
  alone.server.send(kind.reply, { call: 1 }, bodyOf("done"));
  await alone.clock.settle();
  assert.equal(resultOf(running), "done");
  assert.equal(saysOf(late), expired);
  assert.equal(inTime.settled, null);
  assert.deepEqual(
    alone.server.ofKind(kind.call).map((frame) => decoded(frame)),
    [["a"], ["c"]],
  );
});

test("with its caller, however many are late at once", async () => {
  const alone = new AloneClient();
  alone.server.welcome(1);
  await alone.clock.settle();
  alone.call("wait", ["a"]);
  const late = Array.from({ length: 10_000 }, () => alone.call("wait", ["b"], { timeout: 100 }));
  await alone.clock.settle();
  alone.clock.busy(150);
  alone.server.send(kind.reply, { call: 1 }, bodyOf("done"));
  await alone.clock.settle();
  assert.ok(late.every((call) => saysOf(call) === expired));
  assert.equal(alone.server.ofKind(kind.call).length, 1);
});

/** What a server that a test plays the client of has said of calls that it did not begin. */
function refusals(alone: AloneServer): string[] {
  return alone.client.ofKind(kind.failure).map((frame) => {
    const { code, reason, outcome } = decoded(frame) as Record<string, string>;
    return `${frame.call}: ${code} ${reason} ${outcome}`;
  });
}

for (const [what, remaining, limits] of [
  ["what it was given", 100, {}],
  ["the server's own time", 0, { timeout: 100 }],
] as const) {
  test(`held by the session, beyond ${what}`, async () => {
    const alone = new AloneServer({ running: 1, ...limits });
    await alone.greet();
    const wait = numberOf["wait"] ?? 0;
    alone.client.send(kind.call, { call: 1, method: wait, remaining: 10_000 }, bodyOf(["a"]));
    alone.client.send(kind.call, { call: 2, method: wait, remaining }, bodyOf(["b"]));
    await alone.clock.settle();
    alone.clock.busy(150);
    alone.real.waiting.get("a")?.resolve(1);
    await alone.clock.settle();
    assert.deepEqual([...alone.real.waiting.keys()], ["a"]);
    assert.deepEqual(refusals(alone), [`2: ${expired}`]);
    assert.equal(alone.endpoint.counters.expired, 1);
  });
}

test("held by the session, a call in time has what is left of it", async () => {
  const alone = new AloneServer({ running: 1 });
  await alone.greet();
  const wait = numberOf["wait"] ?? 0;
  alone.client.send(kind.call, { call: 1, method: wait, remaining: 10_000 }, bodyOf(["a"]));
  alone.client.send(kind.call, { call: 2, method: wait, remaining: 1_000 }, bodyOf(["b"]));
  await alone.clock.advance(600);
  alone.real.waiting.get("a")?.resolve(1);
  await alone.clock.settle();
  const { signal } = alone.real.waiting.get("b") ?? assert.fail("it was not begun");
  await alone.clock.advance(392);
  assert.equal(signal.aborted, false);
  await alone.clock.advance(16);
  assert.equal(signal.aborted, true);
});

test("behind others of its own turn, which kept the thread busy", async () => {
  const begun: string[] = [];
  const nested: Nested = new Nested((what) => {
    begun.push(what);
    nested.clock.busy(60);
    return what;
  });
  await nested.clock.advance(1);
  const calls = Array.from({ length: 8 }, (_, i) => outcomeOf(within(nested.front, { timeout: 150 }).ask(`${i}`)));
  await nested.clock.settle();
  assert.deepEqual(begun, ["0", "1", "2"]);
  assert.deepEqual(
    calls.map(({ said }) => said),
    ['"0"', '"1"', '"2"', ...Array.from({ length: 5 }, () => expired)],
  );
  assert.equal(nested.homes.front.counters.expired, 5);
});

test("in pieces, of which the last one came too late", async () => {
  const alone = new AloneServer();
  await alone.greet();
  const method = numberOf["echo"] ?? 0;
  const body = bodyOf(["x".repeat(100)]);
  for (const [call, remaining] of [
    [1, 100],
    [2, 1_000],
  ] as const)
    alone.client.send(kind.call, { call, method, remaining, flags: flag.more }, body.subarray(0, 50));
  await alone.clock.settle();
  alone.clock.busy(150);
  for (const [call, remaining] of [
    [1, 100],
    [2, 1_000],
  ] as const)
    alone.client.send(kind.call, { call, method, remaining }, body.subarray(50));
  await alone.clock.settle();
  assert.deepEqual(refusals(alone), [`1: ${expired}`]);
  assert.equal(alone.real.echoed.length, 1);
  assert.equal(alone.endpoint.counters.expired, 1);
});

const Late = defineInterface("Late", { run: method<() => string>() });

test("for its object, which took too long to be made", async () => {
  for (const per of ["call", "connection"] as const) {
    const clock = new VirtualClock();
    const endpoint = newEndpoint(clock);
    const [near, far] = link();
    let ran = 0;
    let made: () => void = () => {};
    const ready = new Promise<void>((resolve) => {
      made = resolve;
    });
    const make = async (): Promise<{ run(): string }> => {
      await ready;
      return { run: () => `${++ran}` };
    };
    new Session(endpoint, far, {
      role: "accepted",
      dispatcher: new InlineDispatcher(endpoint, new SkeletonTable([implement(Late, make, { per })])),
      interfaces: [],
      timeout: 30_000,
      onClosed: () => {},
      onDraining: null,
    });
    const { session } = clientSession(newEndpoint(clock), near, { interfaces: [] });
    const late = outcomeOf(within(proxyOf(Late, session, true), { timeout: 100 }).run());
    await clock.settle();
    clock.busy(150);
    made();
    await clock.settle();
    assert.equal(late.said, expired, per);
    assert.equal(ran, 0, per);
  }
});

test("for a schema, which took too long to look at its arguments", async () => {
  let looked: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    looked = resolve;
  });
  const slow: Schema<string> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: async (value) => {
        await ready;
        return { value: value as string };
      },
    },
  };
  const Checked = defineInterface("Checked", { run: method({ args: [slow], returns: slow }) });
  const clock = new VirtualClock();
  const endpoint = newEndpoint(clock);
  const [near, far] = link();
  let ran = 0;
  const run = (text: string): string => {
    ran++;
    return text;
  };
  new Session(endpoint, far, {
    role: "accepted",
    dispatcher: new InlineDispatcher(endpoint, new SkeletonTable([implement(Checked, { run })])),
    interfaces: [],
    timeout: 30_000,
    onClosed: () => {},
    onDraining: null,
  });
  const { session } = clientSession(newEndpoint(clock), near, { interfaces: [] });
  const late = outcomeOf(within(proxyOf(Checked, session, true), { timeout: 100 }).run("x"));
  await clock.settle();
  clock.busy(150);
  looked();
  await clock.settle();
  assert.equal(late.said, expired);
  assert.equal(ran, 0);
  assert.equal(endpoint.counters.expired, 1);
});

test("made in a call of which nothing is left, although the wheel has not turned", async () => {
  const kept: CallContext[] = [];
  const nested = new Nested((_what, call) => {
    kept.push(call);
    return new Promise(() => {});
  });
  outcomeOf(within(nested.front, { timeout: 100 }).ask("x"));
  await nested.clock.settle();
  nested.clock.busy(150);
  const late = outcomeOf((kept[0] ?? assert.fail()).bind(nested.back).wait("x"));
  await nested.clock.settle();
  assert.equal(late.said, expired);
  assert.equal(nested.entered.length, 0);
});

test("in the inbox of a worker, or in the queue before it", async () => {
  const module = new URL("../context/modules/busy.js", import.meta.url);
  for (const workers of ["threads:1", "processes:1"] as const) {
    await using server = await serve(module, "tcp://127.0.0.1:0", { workers, limits: { grace: 60_000 } });
    const Busy = defineInterface("Busy", { spin: method<(ms: number) => void>(), runs: method<() => number>() });
    await using busy = await connect(Busy, server.url);
    assert.equal(await busy.runs(), 1);
    const spinning = busy.spin(300);
    // The first ones wait in the worker's inbox, as many as it is given at once; the others in the queue.
    const late = Array.from({ length: 300 }, () => within(busy, { timeout: 100 }).runs());
    const settled = await Promise.allSettled(late);
    await spinning;
    assert.ok(settled.every(({ status }) => status === "rejected"));
    assert.equal(await busy.runs(), 2, "none of them was begun");
    assert.equal(server.counters().expired, 300);
    assert.equal(server.counters().workersEnded, 0);
  }
});
