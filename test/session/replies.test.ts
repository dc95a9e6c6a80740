// Replies of every kind at the client, and calls of every kind at the server: unknown methods, ids used twice,
// unreadable arguments and results, and thrown errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defineInterface, method } from "upcall";
import { lineOf } from "#internal/incident.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { errorOf, nothingLeft, Pair, resultOf, saysOf } from "../harness/sessions.ts";
import { bodyOf, decoded } from "../harness/stranger.ts";

const echo = numberOf["echo"] ?? 0;
const wait = numberOf["wait"] ?? 0;

test("replies nobody asked for, and second ones, are passed over", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  const call = alone.call("wait", ["x"]);
  await alone.clock.settle();
  for (const id of [0, 2, 77, 0xffff_ffff]) {
    alone.server.send(kind.reply, { call: id }, bodyOf("nobody's"));
    alone.server.send(kind.failure, { call: id }, bodyOf({ code: "INTERNAL" }));
  }
  alone.server.send(kind.reply, { call: 1 }, bodyOf("first"));
  alone.server.send(kind.reply, { call: 1 }, bodyOf("second"));
  await alone.clock.settle();
  assert.equal(resultOf(call), "first");
  assert.equal(alone.session.error, null);
});

test("a reply that cannot be read costs its call: the method has run", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  const calls = ["a", "b", "c"].map((name) => alone.call("wait", [name]));
  await alone.clock.settle();
  alone.server.send(kind.reply, { call: 1 }, Uint8Array.of(0xc1));
  alone.server.send(kind.reply, { call: 2 }, new Uint8Array(0));
  alone.server.send(kind.reply, { call: 3 }, bodyOf("good"));
  await alone.clock.settle();
  assert.deepEqual(calls.slice(0, 2).map(saysOf), ["INTERNAL BAD_RESULT executed", "INTERNAL BAD_RESULT executed"]);
  assert.equal(resultOf(calls[2] ?? { settled: null }), "good");
});

test("a failure whose fields are missing or not known says the least that is sure", async () => {
  const bodies = [
    bodyOf({}),
    bodyOf(null),
    bodyOf(5),
    bodyOf({ code: "NOT_A_CODE", reason: 7, outcome: "maybe", message: [] }),
  ];
  const alone = new AloneClient();
  alone.server.welcome();
  const calls = bodies.map((_, i) => alone.call("wait", [`${i}`]));
  await alone.clock.settle();
  bodies.forEach((body, i) => {
    alone.server.send(kind.failure, { call: i + 1 }, body);
  });
  await alone.clock.settle();
  assert.deepEqual(
    calls.map(saysOf),
    bodies.map(() => "UNKNOWN THROWN unknown"),
  );
});

test("a failure that is not MessagePack is INTERNAL, and whether the call ran is not known", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  const call = alone.call("wait", []);
  await alone.clock.settle();
  alone.server.send(kind.failure, { call: 1 }, Uint8Array.of(0xc1));
  await alone.clock.settle();
  assert.equal(saysOf(call), "INTERNAL BAD_MESSAGE unknown");
});

test("a call id that is used again while its call runs ends the connection; afterwards it is free", async () => {
  const alone = new AloneServer();
  await alone.greet();
  alone.client.send(kind.call, { call: 1, method: echo }, bodyOf([1]));
  alone.client.send(kind.call, { call: 1, method: echo }, bodyOf([2]));
  alone.client.send(kind.call, { call: 1, method: wait }, bodyOf(["x"]));
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.reply).length, 2);
  alone.client.send(kind.call, { call: 1, method: echo }, bodyOf([3]));
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.refusal).length, 1);
  assert.equal(alone.real.waiting.get("x")?.signal.aborted, true);
  assert.equal(alone.real.echoed.length, 2);
});

test("a method number that was never announced costs its call", async () => {
  const alone = new AloneServer();
  await alone.greet();
  for (const number of [6, 7, 0xffff]) alone.client.send(kind.call, { call: number, method: number }, bodyOf([]));
  alone.client.send(kind.call, { call: 1, method: echo }, bodyOf(["still"]));
  await alone.clock.settle();
  for (const frame of alone.client.ofKind(kind.failure)) {
    const { code, reason, outcome } = decoded(frame) as Record<string, string>;
    assert.deepEqual([code, reason, outcome], ["UNIMPLEMENTED", "NO_METHOD", "not-executed"]);
  }
  assert.equal(alone.client.ofKind(kind.reply).length, 1);
  assert.equal(alone.endpoint.counters.unimplemented, 3);
});

test("names that the language has are methods of nothing", async () => {
  const alone = new AloneServer();
  const names = ["constructor", "__proto__", "toString", "then", "hasOwnProperty", "waiting", ""];
  alone.client.greet({
    interfaces: [
      ["Work", names.map((name) => [name, "call"])],
      ["__proto__", [["echo", "call"]]],
      ["constructor", [["name", "call"]]],
    ],
  });
  for (let number = 0; number < names.length + 2; number++)
    alone.client.send(kind.call, { call: number + 1, method: number }, bodyOf([]));
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.failure).length, names.length + 2);
  assert.equal(alone.client.ofKind(kind.reply).length, 0);
});

test("an old client and a newer server, and the reverse, understand each other by name", async () => {
  const pair = new Pair({ interfaces: [] });
  const older = defineInterface("Work", {
    fail: method<(what: string) => unknown>(),
    echo: method<(value: unknown) => unknown>(),
  });
  const newer = defineInterface("Work", { ahead: method<() => void>(), echo: method<(value: unknown) => unknown>() });
  const results = [pair.callOn(older, "echo", [1]), pair.callOn(newer, "echo", [2]), pair.callOn(newer, "ahead", [])];
  await pair.settle();
  assert.deepEqual(results.slice(0, 2).map(resultOf), [1, 2]);
  assert.equal(saysOf(results[2] ?? { settled: null }), "UNIMPLEMENTED NO_METHOD not-executed");
});

test("arguments that cannot be read cost their call, and it did not run", async () => {
  const alone = new AloneServer();
  await alone.greet();
  for (const [i, body] of [
    Uint8Array.of(0xc1),
    bodyOf(5),
    bodyOf({}),
    new Uint8Array(0),
    Uint8Array.of(0x91),
  ].entries())
    alone.client.send(kind.call, { call: i + 1, method: echo }, body);
  alone.client.send(kind.call, { call: 9, method: echo }, bodyOf(["good"]));
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.failure).length, 5);
  for (const frame of alone.client.ofKind(kind.failure))
    assert.equal((decoded(frame) as { outcome: string }).outcome, "not-executed");
  assert.deepEqual(alone.real.echoed, ["good"]);
  assert.equal(alone.endpoint.counters.badArguments, 5);
});

const thrown: readonly (readonly [string, unknown, RegExp])[] = [
  ["null", null, /null/],
  ["undefined", undefined, /undefined/],
  ["a text", "no", /no/],
  ["a symbol", Symbol("s"), /s/],
  ["an object without a prototype", Object.create(null), /cannot be shown/],
  [
    "an object whose toString throws",
    {
      toString: () => {
        throw new Error("again");
      },
    },
    /cannot be shown/,
  ],
  [
    "an error whose message throws",
    Object.defineProperty(new Error("x"), "message", {
      get: () => {
        throw new Error("again");
      },
    }),
    /cannot be shown/,
  ],
  ["an error whose name is a symbol", Object.assign(new Error("x"), { name: Symbol("n") }), /threw/],
  [
    "an error whose name throws",
    Object.defineProperty(new Error("x"), "name", {
      get: () => {
        throw new Error("again");
      },
    }),
    /threw/,
  ],
  [
    "a proxy that refuses everything",
    new Proxy(
      {},
      {
        getPrototypeOf: () => {
          throw new Error("again");
        },
      },
    ),
    /cannot be shown|object/,
  ],
  ["a text with half a character", new Error("\ud800"), /\ufffd/],
  ["a text of a megabyte", new Error("x".repeat(1_000_000)), /xxx/],
];

for (const [name, value, text] of thrown) {
  test(`a method that throws ${name} has run, and its caller is told where that is allowed`, async () => {
    const pair = new Pair({ expose: "message" });
    pair.real.thrown.set("it", value);
    const call = pair.call("fail", ["it"]);
    const next = pair.call("echo", ["next"]);
    await pair.settle();
    assert.equal(saysOf(call), "UNKNOWN THROWN executed");
    assert.match(errorOf(call).message, text);
    assert.ok(errorOf(call).message.length <= 4096);
    assert.equal(resultOf(next), "next");
    assert.deepEqual(pair.left, nothingLeft);
  });

  test(`of a method that throws ${name} its caller sees an id, and the server is told`, async () => {
    const pair = new Pair();
    pair.real.thrown.set("it", value);
    const call = pair.call("fail", ["it"]);
    const next = pair.call("echo", ["next"]);
    await pair.settle();
    assert.equal(saysOf(call), "UNKNOWN THROWN executed");
    const { message, incident } = errorOf(call);
    const id = "07".repeat(8);
    const text = `Work.fail failed with an error that it does not declare; the log of the other side has it under ${id}`;
    assert.deepEqual([incident, message], [id, text]);
    assert.deepEqual(pair.incidents, [
      { incident: id, error: value, method: "Work.fail", peer: "the client", call: 1 },
    ]);
    assert.match(lineOf(pair.incidents[0] ?? assert.fail()), /^upcall: incident [^\n]{20,}$/);
    assert.equal(resultOf(next), "next");
    assert.deepEqual(pair.left, nothingLeft);
  });
}

const odd: Record<string, unknown> = {
  "an object whose then throws": {
    // biome-ignore lint/suspicious/noThenProperty: what happens with one is what is tested
    get then(): never {
      throw new Error("no then");
    },
  },
  "a thenable that throws": {
    // biome-ignore lint/suspicious/noThenProperty: what happens with one is what is tested
    then(): never {
      throw new Error("no then");
    },
  },
  "a function": () => {},
  "a class's instance": new (class Thing {})(),
  "a symbol": Symbol("s"),
  "an object whose getter throws": {
    get x(): never {
      throw new Error("no x");
    },
  },
  "itself in itself": (() => {
    const loop: unknown[] = [];
    loop.push(loop);
    return loop;
  })(),
};

for (const [name, value] of Object.entries(odd)) {
  test(`a method that returns ${name} has run, and costs its call only`, async () => {
    const pair = new Pair();
    pair.real.given.set("it", value);
    const call = pair.call("fail", ["it"]);
    await pair.settle();
    assert.equal(errorOf(call).outcome, "executed");
    const next = pair.call("wait", ["next"]);
    await pair.settle();
    pair.real.waiting.get("next")?.resolve("next");
    await pair.settle();
    assert.equal(resultOf(next), "next");
    assert.deepEqual(pair.left, nothingLeft);
  });
}

test("a thenable that settles twice is heard once", async () => {
  const pair = new Pair();
  pair.real.given.set("it", {
    // biome-ignore lint/suspicious/noThenProperty: what happens with one is what is tested
    then(done: (value: unknown) => void, failed: (error: unknown) => void) {
      done(1);
      failed(new Error("2"));
      done(3);
      throw new Error("4");
    },
  });
  const call = pair.call("fail", ["it"]);
  await pair.settle();
  assert.equal(resultOf(call), 1);
  assert.deepEqual(pair.left, nothingLeft);
});

test("a frame of a kind that is not known is skipped where it says it may be, and else ends the connection", async () => {
  const alone = new AloneServer();
  await alone.greet();
  alone.client.send(200, { flags: flag.skippable, call: 3 }, bodyOf({ new: "thing" }));
  alone.client.send(kind.settledBelow, { call: 100 });
  alone.client.send(kind.call, { call: 1, method: echo }, bodyOf(["still"]));
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.reply).length, 1);
  for (const frameKind of [200, 0, kind.greeting, kind.welcome, kind.credit, kind.release]) {
    const one = new AloneServer();
    await one.greet();
    one.client.send(frameKind);
    await one.clock.settle();
    assert.equal(one.client.ofKind(kind.refusal).length, 1, `kind ${frameKind}`);
    assert.equal(one.endpoint.counters.badFrames, 1);
  }
});

test("an observer that throws breaks nothing", async () => {
  const pair = new Pair({
    observer: () => {
      throw new Error("I only wanted to look");
    },
  });
  const call = pair.call("echo", ["x"]);
  await pair.settle();
  assert.equal(resultOf(call), "x");
});
