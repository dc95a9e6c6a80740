// The greeting and the welcome (handshake): what they say, unknown fields, protocol versions, refusals, and a greeting
// that does not come in time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defineInterface, method } from "upcall";
import { RememberedGreetings } from "#internal/session/native/handshake/remembered.js";
import { kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer } from "../harness/alone.ts";
import { hanging, Pair, resultOf, saysOf } from "../harness/sessions.ts";
import { bodyOf, decoded, frameOf, prefaceBytes } from "../harness/stranger.ts";

test("the greeting names a session of 16 bytes, the limits and each interface with its methods and kinds", async () => {
  const alone = new AloneClient();
  const { server } = alone;
  await alone.clock.settle();
  const [greeting] = server.frames;
  assert.equal(greeting?.kind, kind.greeting);
  const body = decoded(greeting) as Record<string, unknown>;
  assert.deepEqual(body["session"], new Uint8Array(16).fill(7));
  assert.deepEqual(body["limits"], { calls: 1024, message: 4 * 1024 * 1024 });
  assert.deepEqual((body["interfaces"] as unknown[][])[0]?.slice(0, 1), ["Work"]);
});

test("a greeting that does not come in time is refused, and the connection ends", async () => {
  const { clock, client, closed, endpoint } = new AloneServer();
  client.end.write(prefaceBytes());
  await clock.advance(9_999);
  assert.equal(client.ofKind(kind.refusal).length, 0);
  await clock.advance(1);
  assert.deepEqual((decoded(client.ofKind(kind.refusal)[0]) as { code: string }).code, "DEADLINE_EXCEEDED");
  assert.equal(endpoint.counters.greetingTimeouts, 1);
  await clock.settle();
  assert.equal(closed.length, 1);
  assert.equal(hanging(endpoint) + clock.kept, 0);
});

test("a greeting a byte at a time is given up after the same time", async () => {
  const { clock, client, closed } = new AloneServer();
  const greeting = frameOf(kind.greeting, {}, bodyOf({ session: new Uint8Array(16), interfaces: [] }));
  client.end.write(prefaceBytes());
  for (const byte of greeting.subarray(0, 10)) {
    client.end.write(Uint8Array.of(byte));
    await clock.advance(1_000);
  }
  assert.equal(closed.length, 1);
});

test("whoever does not hear an answer to its greeting says so, and does not claim that its calls did not run", async () => {
  const alone = new AloneClient();
  const { server } = alone;
  const call = alone.call("slow", ["x"]);
  await alone.clock.advance(10_000);
  assert.equal(saysOf(call), "DEADLINE_EXCEEDED BAD_GREETING unknown");
  assert.equal(alone.endpoint.counters.greetingTimeouts, 1);
  await alone.clock.settle();
  // One preface, then whole frames: the refusal of a client is not preceded by a second preface.
  assert.deepEqual(
    server.frames.map((frame) => frame.kind),
    [kind.greeting, kind.call, kind.refusal],
  );
  await alone.clock.advance(1_000);
  assert.equal(alone.session.calls.size + hanging(alone.endpoint) + alone.clock.kept, 0);
});

test("a refusal instead of a welcome settles early calls as not executed, and is not answered", async () => {
  const alone = new AloneClient();
  const { server } = alone;
  const call = alone.call("echo", ["x"]);
  await alone.clock.settle();
  server.end.write(prefaceBytes());
  server.send(
    kind.refusal,
    {},
    bodyOf({ code: "UNAUTHENTICATED", reason: "NOT_PERMITTED", outcome: "not-executed", message: "who are you?" }),
  );
  await alone.clock.settle();
  assert.equal(saysOf(call), "UNAUTHENTICATED NOT_PERMITTED not-executed");
  assert.equal(server.ofKind(kind.refusal).length, 0);
  assert.equal(alone.endpoint.counters.badGreetings, 0);
});

test("a refusal after the welcome leaves unknown whether calls ran, whatever it says", async () => {
  const alone = new AloneClient();
  const { server } = alone;
  server.welcome();
  const call = alone.call("echo", ["x"]);
  await alone.clock.settle();
  server.send(
    kind.refusal,
    {},
    bodyOf({ code: "INVALID_ARGUMENT", reason: "BAD_FRAME", outcome: "not-executed", message: "no" }),
  );
  await alone.clock.settle();
  assert.equal(saysOf(call), "INVALID_ARGUMENT BAD_FRAME unknown");
  assert.equal(alone.endpoint.counters.badFrames, 0);
});

test("more methods than the other side takes are refused here; calls under way are not touched", async () => {
  const pair = new Pair({ limits: { announced: 8 } });
  const other = defineInterface("Other", { a: method<() => void>(), b: method<() => void>(), c: method<() => void>() });
  const call = pair.call("wait", ["x"]);
  await pair.settle();
  assert.throws(() => pair.client.announce(other), {
    code: "RESOURCE_EXHAUSTED",
    reason: "TOO_MANY",
    outcome: "not-executed",
  });
  pair.real.waiting.get("x")?.resolve("y");
  await pair.settle();
  assert.equal(resultOf(call), "y");
});

test("a stranger that announces too much is refused, and calls that run are unknown to it", async () => {
  const { clock, client, endpoint } = new AloneServer({ announced: 4 });
  client.greet({ interfaces: [["Work", [["wait", "call"]]]] });
  client.send(kind.call, { call: 1, remaining: 1000 }, bodyOf(["x"]));
  await clock.settle();
  assert.equal(endpoint.counters.runningNow, 1);
  client.send(kind.announce, {}, bodyOf([["Work", Array.from({ length: 4 }, () => ["echo", "call"])]]));
  await clock.settle();
  const refusal = decoded(client.ofKind(kind.refusal)[0]) as Record<string, unknown>;
  assert.equal(refusal["reason"], "TOO_MANY");
});

test("an interface of 4,000 methods is announced in frames that every side takes", async () => {
  const methods = Object.fromEntries(
    Array.from({ length: 4000 }, (_, i) => [`method_${"x".repeat(100)}_${i}`, method<() => number>()]),
  );
  const large = defineInterface("Large", methods);
  const pair = new Pair({ interfaces: [large] });
  const call = pair.callOn(large, Object.keys(methods).at(-1) ?? "", []);
  await pair.settle();
  assert.equal(saysOf(call), "UNIMPLEMENTED NO_INTERFACE not-executed");
  assert.equal(resultOf(await done(pair, "echo", ["still here"])), "still here");
});

async function done(pair: Pair, name: string, args: unknown[]): Promise<ReturnType<Pair["call"]>> {
  const result = pair.call(name, args);
  await pair.settle();
  return result;
}

const wrong: Record<string, Uint8Array[]> = {
  "a second greeting": [prefaceBytes(), greeting(), greeting()],
  "a call before the greeting": [prefaceBytes(), frameOf(kind.call, { call: 1 }, bodyOf([]))],
  "a refusal before the greeting": [prefaceBytes(), frameOf(kind.refusal, {}, bodyOf({}))],
  "a welcome as first frame": [prefaceBytes(), frameOf(kind.welcome, {}, bodyOf({}))],
  "a greeting that is no map": [prefaceBytes(), frameOf(kind.greeting, {}, bodyOf([1]))],
  "a greeting with a session of 15 bytes": [
    prefaceBytes(),
    frameOf(kind.greeting, {}, bodyOf({ session: new Uint8Array(15) })),
  ],
  "a greeting whose interfaces are no list": [prefaceBytes(), greeting({ interfaces: 5 })],
  "an interface without a name": [prefaceBytes(), greeting({ interfaces: [[]] })],
  "an interface whose name is a number": [prefaceBytes(), greeting({ interfaces: [[7, []]] })],
  "a method that is no pair": [prefaceBytes(), greeting({ interfaces: [["Work", ["echo"]]] })],
  "a method's name of 129 characters": [
    prefaceBytes(),
    greeting({ interfaces: [["Work", [["x".repeat(129), "call"]]]] }),
  ],
  "a greeting over 16 KiB": [prefaceBytes(), greeting({ more: "x".repeat(16 * 1024) })],
  "a greeting that says more pieces follow": [
    prefaceBytes(),
    frameOf(kind.greeting, { flags: 1 }, bodyOf({ session: new Uint8Array(16), interfaces: [] })),
  ],
  "a greeting that is not MessagePack": [prefaceBytes(), frameOf(kind.greeting, {}, Uint8Array.of(0xc1))],
};

function greeting(fields: Record<string, unknown> = {}): Uint8Array {
  return frameOf(kind.greeting, {}, bodyOf({ session: new Uint8Array(16), interfaces: [], ...fields }));
}

for (const [name, chunks] of Object.entries(wrong)) {
  test(`${name} is refused, said and counted, and the connection ends`, async () => {
    const { clock, client, closed, endpoint } = new AloneServer();
    for (const chunk of chunks) client.end.write(chunk);
    await clock.settle();
    assert.equal(client.ofKind(kind.refusal).length, 1);
    assert.equal(endpoint.counters.badGreetings + endpoint.counters.badFrames, 1);
    assert.equal(closed.length, 1);
    assert.equal(hanging(endpoint) + clock.kept, 0);
  });
}

test("fields of a greeting that are not known are ignored", async () => {
  const { clock, client } = new AloneServer();
  client.greet({ later: { anything: [1, 2, 3] }, token: new Uint8Array(3) });
  await clock.settle();
  assert.deepEqual(
    client.frames.map((frame) => frame.kind),
    [kind.welcome],
  );
});

test("another version is answered with the versions that are spoken here", async () => {
  const { clock, client, endpoint } = new AloneServer();
  client.end.write(Uint8Array.of(0xf5, 0x75, 0x70, 0x63, 2));
  await clock.settle();
  const refusal = decoded(client.ofKind(kind.refusal)[0]) as Record<string, unknown>;
  assert.equal(refusal["reason"], "BAD_VERSION");
  assert.deepEqual(refusal["versions"], [1]);
  assert.equal(endpoint.counters.badGreetings, 1);
});

test("a stranger before its greeting makes us hold no more than 16 KiB", async () => {
  const { clock, client } = new AloneServer();
  client.end.write(prefaceBytes());
  client.end.write(frameOf(kind.greeting, { length: 16 * 1024 + 1 }));
  await clock.settle();
  assert.equal(client.ofKind(kind.refusal).length, 1);
});

test("a welcome without limits, or with senseless ones, means the least", async () => {
  for (const limits of [undefined, {}, { calls: -1, message: Number.NaN }, { calls: "many", message: null }]) {
    const alone = new AloneClient();
    const { server } = alone;
    server.end.write(prefaceBytes());
    server.send(kind.welcome, {}, bodyOf({ limits }));
    await alone.clock.settle();
    alone.call("slow", []);
    alone.call("slow", []);
    await alone.clock.settle();
    assert.equal(server.ofKind(kind.call).length, 1);
  }
});

test("a welcome that is no map, or comes twice, ends the connection", async () => {
  for (const body of [bodyOf(5), bodyOf({ limits: 5 })]) {
    const alone = new AloneClient();
    const { server } = alone;
    server.end.write(prefaceBytes());
    server.send(kind.welcome, {}, body);
    await alone.clock.settle();
    assert.equal(alone.endpoint.counters.badGreetings, 1);
  }
  const alone = new AloneClient();
  const { server } = alone;
  server.welcome();
  server.welcome();
  await alone.clock.settle();
  assert.equal(alone.endpoint.counters.badFrames, 1);
});

test("a client that greets without an interface can announce one later, once", async () => {
  const pair = new Pair({ interfaces: [] });
  await pair.settle();
  const once = defineInterface("Once", { f: method<() => void>() });
  assert.equal(pair.client.announce(once), 0);
  assert.equal(pair.client.announce(once), 0);
  const call = pair.call("echo", ["x"]);
  await pair.settle();
  assert.equal(resultOf(call), "x");
});

test("both ends know the id of their session, which whoever connected chose, remembered greetings or not", async () => {
  for (const terms of [{}, { token: "shown" }]) {
    const pair = new Pair(terms);
    assert.equal(pair.server.handshake.id, "");
    await pair.settle();
    assert.match(pair.client.handshake.id, /^[0-9a-f]{32}$/);
    assert.equal(pair.server.handshake.id, pair.client.handshake.id);
  }
  const alone = new AloneServer();
  for (const byte of [1, 2]) {
    const { platform } = alone.endpoint;
    const greetings = alone.endpoint.kept(RememberedGreetings);
    const body = bodyOf({ session: new Uint8Array(16).fill(byte), limits: { calls: 1, message: 2 }, interfaces: [] });
    greetings.greeted(platform.skim, body, 0, body.length, 100);
    assert.deepEqual(greetings.session, new Uint8Array(16).fill(byte));
  }
});
