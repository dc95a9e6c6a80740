// Authentication: a token in the greeting, the server's `authenticate` hook, its time limit, and refusals with
// UNAUTHENTICATED. Nothing of an unknown client is decoded but its greeting.

import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits, defineInterface, method } from "upcall";
import type { Authenticate } from "#internal/call/access.js";
import { localPeer } from "#internal/peer.js";
import { RememberedGreetings } from "#internal/session/native/handshake/remembered.js";
import { kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { hanging, nothingLeft, Pair, resultOf, saysOf, Work } from "../harness/sessions.ts";
import { bodyOf, decoded, frameOf, prefaceBytes } from "../harness/stranger.ts";

const echo = numberOf["echo"] ?? 0;
const stranger = "UNAUTHENTICATED NOT_AUTHENTICATED not-executed";

/** A hook whose answer a test gives when it likes. */
class Asked {
  readonly tokens: (string | null)[] = [];
  answer: (said: unknown) => void = () => {};
  fail: (error: unknown) => void = () => {};
  readonly authenticate: Authenticate = (token) => {
    this.tokens.push(token);
    return new Promise((resolve, reject) => {
      this.answer = resolve;
      this.fail = reject;
    });
  };
}

/** What a client hears that calls at once, with this hook at the server. */
async function callWith(authenticate: Authenticate, token?: string): Promise<{ pair: Pair; says: string }> {
  const pair = new Pair({ accessHooks: { authenticate }, ...(token === undefined ? {} : { token }) });
  const call = pair.call("echo", ["hello"]);
  await pair.settle();
  await pair.advance(defaultLimits.authenticationTime + 8);
  const { settled } = call;
  return { pair, says: settled !== null && "value" in settled ? `returned ${settled.value as string}` : saysOf(call) };
}

test("the hook gets the token and the caller's address, and whom it knows may call", async () => {
  const asked: Parameters<Authenticate>[] = [];
  const { says } = await callWith((...args) => asked.push(args) > 0, "secret");
  assert.equal(says, "returned hello");
  assert.deepEqual(asked, [["secret", { peer: localPeer("the client") }]]);
  assert.equal(asked[0]?.[1].peer.toString(), "the client");
});

test("a caller without a token is asked about as null, and may be known", async () => {
  const { says } = await callWith((token) => token === null);
  assert.equal(says, "returned hello");
});

const known: readonly (readonly [string, unknown])[] = [
  ["true", true],
  ["a text", "alice"],
  ["an object", { name: "alice" }],
  ["an object without a prototype", Object.create(null)],
  ["a list", []],
];
for (const [name, said] of known) {
  test(`${name} is an identity, at once or later`, async () => {
    assert.equal((await callWith(() => said)).says, "returned hello");
    assert.equal((await callWith(async () => said)).says, "returned hello");
  });
}

const odd: readonly (readonly [string, () => unknown])[] = [
  ["false", () => false],
  ["nothing", () => undefined],
  ["null", () => null],
  ["an empty text", () => ""],
  ["0", () => 0],
  ["1", () => 1],
  ["-1", () => -1],
  ["NaN", () => Number.NaN],
  ["a bigint", () => 1n],
  ["a symbol", () => Symbol("alice")],
  ["a function", () => () => true],
  ["an error that is returned", () => new Error("no")],
  [
    "an error that is thrown",
    () => {
      throw new Error("no");
    },
  ],
  [
    "null that is thrown",
    () => {
      throw null;
    },
  ],
  ["a promise that is rejected", () => Promise.reject(new Error("no"))],
  ["a promise that never settles", () => new Promise(() => {})],
  // biome-ignore lint/suspicious/noThenProperty: what happens with one is what is tested
  ["something with a then that does nothing", () => ({ then: () => {} })],
  [
    "something whose then throws",
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what happens with one is what is tested
      get then() {
        throw new Error("no");
      },
    }),
  ],
  [
    "something that throws when it is asked what it is",
    () =>
      new Proxy(
        {},
        {
          getPrototypeOf() {
            throw new Error("no");
          },
        },
      ),
  ],
  [
    "something whose then throws when it is called",
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what happens with one is what is tested
      then() {
        throw new Error("no");
      },
    }),
  ],
];
for (const [name, hook] of odd) {
  test(`a hook that gives ${name} refuses, at once and later, and nothing ran`, async () => {
    for (const authenticate of [hook, async () => hook()]) {
      const { pair, says } = await callWith(authenticate, "secret");
      assert.equal(says, stranger);
      assert.deepEqual(pair.real.echoed, []);
      assert.equal(pair.serverHome.counters.notAuthenticated, 1);
      assert.equal(pair.serverHome.counters.badGreetings, 0);
      assert.equal(pair.serverHome.counters.callsReceived, 0);
      assert.equal(pair.serverClosed.length + pair.clientClosed.length, 2);
      assert.deepEqual(pair.left, nothingLeft);
    }
  });
}

test("a refusal says the same whatever the reason, and nothing of the token", async () => {
  const texts = new Set<unknown>();
  for (const [authenticate, token] of [
    [() => false, "secret"],
    [() => Promise.reject(new Error("secret is wrong")), "secret"],
    [() => null, undefined],
  ] as const) {
    const alone = new AloneServer({}, { accessHooks: { authenticate } });
    await alone.greet(token === undefined ? {} : { token });
    texts.add(JSON.stringify(decoded(alone.client.ofKind(kind.refusal)[0])));
    assert.equal(alone.client.ofKind(kind.welcome).length, 0);
    assert.equal(alone.client.hasEnded, true);
  }
  assert.equal(texts.size, 1);
  assert.doesNotMatch([...texts].join(""), /secret/);
});

test("a token that is no text, or too long, is none", async () => {
  for (const token of [5, null, {}, ["secret"], new Uint8Array(3), "x".repeat(8 * 1024 + 1)]) {
    const asked: (string | null)[] = [];
    const authenticate: Authenticate = (given) => asked.push(given) > 0;
    const alone = new AloneServer({}, { accessHooks: { authenticate } });
    await alone.greet({ token });
    assert.deepEqual(asked, [null]);
  }
});

test("the longest token goes with any interfaces", async () => {
  const methods = Array.from({ length: 100 }, (_, index) => [`m${index}${"x".repeat(120)}`, method()] as const);
  const long = defineInterface("Long", Object.fromEntries(methods));
  const token = "t".repeat(8 * 1024);
  const pair = new Pair({ accessHooks: { authenticate: (given) => given === token }, token, interfaces: [long, Work] });
  const call = pair.call("echo", ["x"]);
  await pair.settle();
  assert.equal(resultOf(call), "x");
});

test("calls that follow a greeting are held undecoded until it is known who sent it", async () => {
  const asked = new Asked();
  const pair = new Pair({ accessHooks: asked, token: "secret" });
  const calls = ["a", "b"].map((name) => pair.call("echo", [name]));
  await pair.settle();
  assert.deepEqual(asked.tokens, ["secret"]);
  assert.equal(pair.serverHome.counters.callsReceived, 0);
  assert.deepEqual(pair.far.log, ["pause"]);
  assert.equal(pair.far.written.length, 0, "no welcome before");
  asked.answer({ name: "alice" });
  await pair.settle();
  assert.deepEqual(calls.map(resultOf), ["a", "b"]);
  assert.deepEqual(pair.far.log, ["pause", "resume"]);
  // From here on it is a session like any other, long messages and all.
  const long = pair.call("echo", ["x".repeat(1_000_000)]);
  await pair.settle();
  assert.equal((resultOf(long) as string).length, 1_000_000);
  assert.equal(pair.server.upcalls.identity && (pair.server.upcalls.identity as { name: string }).name, "alice");
});

test("what breaks the protocol among them ends the connection when they are read", async () => {
  const asked = new Asked();
  const alone = new AloneServer({}, { accessHooks: asked });
  alone.client.end.write(Buffer.concat([prefaceBytes(), frameOf(kind.greeting, {}, greeting), frameOf(200)]));
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.refusal).length, 0);
  asked.answer(true);
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.refusal).length, 1);
  assert.equal(alone.endpoint.counters.badFrames, 1);
});

const greeting = bodyOf({ session: new Uint8Array(16), interfaces: [["Work", [["echo", "call"]]]] });

test("a stranger makes us hold no more than it may send early", async () => {
  for (const [count, bytes] of [
    [defaultLimits.earlyCalls + 1, 10],
    [2, defaultLimits.earlyBytes / 2 + 10],
  ] as const) {
    const asked = new Asked();
    const alone = new AloneServer({}, { accessHooks: asked });
    const call = frameOf(kind.call, { call: 1 }, bodyOf(["x".repeat(bytes)]));
    const calls = Array.from({ length: count }, () => call);
    alone.client.end.write(Buffer.concat([prefaceBytes(), frameOf(kind.greeting, {}, greeting), ...calls]));
    await alone.clock.settle();
    const refusal = decoded(alone.client.ofKind(kind.refusal)[0]) as { reason: string };
    assert.equal(refusal.reason, "TOO_MANY");
    // The hook's answer finds nobody any more.
    asked.answer(true);
    await alone.clock.settle();
    assert.equal(alone.client.ofKind(kind.welcome).length, 0);
    assert.equal(alone.endpoint.counters.callsReceived, 0);
  }
});

test("a hook that hangs refuses after its time, counted from the greeting", async () => {
  const asked = new Asked();
  const alone = new AloneServer({ authenticationTime: 5_000 }, { accessHooks: asked });
  await alone.clock.advance(9_000);
  await alone.greet();
  await alone.clock.advance(4_990);
  assert.equal(alone.client.ofKind(kind.refusal).length, 0);
  await alone.clock.advance(18);
  assert.equal((decoded(alone.client.ofKind(kind.refusal)[0]) as { code: string }).code, "UNAUTHENTICATED");
  assert.equal(alone.endpoint.counters.notAuthenticated, 1);
  assert.equal(alone.endpoint.counters.greetingTimeouts, 0);
  assert.deepEqual(alone.end.log, ["pause", "resume", "end"]);
  asked.answer(true);
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.welcome).length, 0);
  assert.equal(hanging(alone.endpoint) + alone.clock.kept, 0);
});

test("an answer that comes when the connection is gone, or the server closes, lets nobody in", async () => {
  for (const how of ["gone", "closes"] as const) {
    const asked = new Asked();
    const pair = new Pair({ accessHooks: asked, limits: { keepalive: 30_000 } });
    const call = pair.call("echo", ["x"]);
    await pair.settle();
    if (how === "gone") {
      pair.near.break();
      pair.far.break();
    } else void pair.server.close();
    await pair.settle();
    asked.answer(true);
    await pair.settle();
    assert.equal(
      saysOf(call),
      how === "gone" ? "UNAVAILABLE CONNECTION_LOST unknown" : "UNAVAILABLE CLOSED not-executed",
    );
    assert.deepEqual(pair.real.echoed, []);
    assert.deepEqual(pair.left, nothingLeft);
  }
});

test("a greeting with a token is not remembered, nor compared with others byte by byte", async () => {
  const asked: (string | null)[] = [];
  const accessHooks = { authenticate: (token: string | null) => asked.push(token) > 0 };
  const alone = new AloneServer({}, { accessHooks });
  await alone.greet({ token: "one" });
  const { platform } = alone.endpoint;
  const greetings = alone.endpoint.kept(RememberedGreetings);
  const read = (bytes: Uint8Array): unknown => greetings.greeted(platform.skim, bytes, 0, bytes.length, 100);
  const body = bodyOf({ session: new Uint8Array(16), interfaces: [], token: "one" });
  assert.notEqual(read(body), read(body), "understood anew");
  const plain = bodyOf({ session: new Uint8Array(16), limits: { calls: 1, message: 2 }, interfaces: [] });
  assert.equal(read(plain), read(plain));
});

test("a server that wants no token passes over one", async () => {
  const pair = new Pair({ token: "secret" });
  const call = pair.call("echo", ["x"]);
  await pair.settle();
  assert.equal(resultOf(call), "x");
});

test("a client sends its token in the greeting and nowhere else", async () => {
  const alone = new AloneClient({}, { token: "tell nobody" });
  alone.call("echo", ["x"]);
  await alone.clock.settle();
  const [first, ...others] = alone.server.frames;
  assert.equal((decoded(first) as { token: string }).token, "tell nobody");
  for (const { body } of others) assert.doesNotMatch(Buffer.from(body).toString("latin1"), /tell nobody/);
});

test("calls before any greeting are no greeting, whatever the doors", async () => {
  const alone = new AloneServer({}, { accessHooks: { authenticate: () => true } });
  alone.client.end.write(Buffer.concat([prefaceBytes(), frameOf(kind.call, { call: 1, method: echo }, bodyOf(["x"]))]));
  await alone.clock.settle();
  assert.equal((decoded(alone.client.ofKind(kind.refusal)[0]) as { reason: string }).reason, "BAD_GREETING");
  assert.equal(alone.endpoint.counters.callsReceived, 0);
});
