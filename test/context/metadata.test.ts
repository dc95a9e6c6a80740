// Metadata (headers and trailers): a few texts beside a call's arguments, and beside its result or error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallContext, connect, context, defineInterface, type Metadata, method, serve, within } from "upcall";
import { flag, kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { resultOf, saysOf } from "../harness/sessions.ts";
import { bodyOf, decoded } from "../harness/stranger.ts";
import { Nested, outcomeOf } from "./nested.ts";

/** A server whose method gives what came, and answers with what the test says. */
function nested(answer: (call: CallContext) => unknown = ({ metadata }) => ({ ...metadata })): Nested {
  return new Nested((_what, call) => answer(call));
}

async function said(pair: Nested, metadata: Metadata): Promise<string> {
  const outcome = outcomeOf(within(pair.front, { metadata }).ask("x"));
  await pair.clock.settle();
  return outcome.said;
}

test("what is said about a call is with it", async () => {
  const pair = nested();
  assert.equal(await said(pair, { tenant: "x", "request-id": "ÿ 7" }), '{"tenant":"x","request-id":"ÿ 7"}');
});

test("what is there has no prototype and cannot be changed, and is the same empty thing for every call without", async () => {
  const seen: Metadata[] = [];
  const pair = nested(({ metadata }) => void seen.push(metadata));
  await said(pair, { a: "1" });
  outcomeOf(pair.front.ask("x"));
  outcomeOf(pair.front.ask("x"));
  await pair.clock.settle();
  for (const metadata of seen) {
    assert.equal(Object.getPrototypeOf(metadata), null);
    assert.ok(Object.isFrozen(metadata));
  }
  assert.equal(seen[1], seen[2]);
  assert.equal(seen[0]?.["constructor"], undefined);
});

test("a call without any is the same bytes as ever", async () => {
  const pair = nested();
  outcomeOf(pair.front.ask("x"));
  outcomeOf(within(pair.front, { metadata: {} }).ask("x"));
  await pair.clock.settle();
  const frames = Buffer.concat(pair.near.written).toString("latin1");
  assert.equal(frames.split(String.fromCharCode(0x91, 0xa1, 0x78)).length, 3);
  assert.doesNotMatch(frames, /tenant/);
});

test("an answer comes before its result, and before its error; several are one", async () => {
  const pair = nested((call) => {
    call.answer({ cost: "12", from: "here" });
    call.answer({ from: "there" });
    if (call.metadata["fail"] !== undefined) throw new Error("as asked");
    return "done";
  });
  const heard: string[] = [];
  const asked = (metadata: Metadata): Promise<void> =>
    within(pair.front, { metadata, onMetadata: (answer) => void heard.push(JSON.stringify(answer)) })
      .ask("x")
      .then(
        (value) => void heard.push(String(value)),
        () => void heard.push("failed"),
      );
  const all = [asked({}), asked({ fail: "yes" })];
  await pair.clock.settle();
  await Promise.all(all);
  const answer = '{"cost":"12","from":"there"}';
  assert.deepEqual(heard.toSorted(), ["done", "failed", answer, answer].toSorted());
  assert.ok(heard.indexOf(answer) < heard.indexOf("done"));
});

test("nobody is told where no answer was given, and whoever throws when told has his result all the same", async () => {
  const pair = nested((call) => {
    if (call.metadata["answer"] !== undefined) call.answer({ a: "1" });
    return "done";
  });
  let told = 0;
  const throwing = (): void => {
    told++;
    throw new Error("not my day");
  };
  const silent = outcomeOf(within(pair.front, { onMetadata: throwing }).ask("x"));
  const loud = outcomeOf(within(pair.front, { metadata: { answer: "yes" }, onMetadata: throwing }).ask("x"));
  await pair.clock.settle();
  assert.deepEqual([silent.said, loud.said, told], ['"done"', '"done"', 1]);
});

test("what cannot be metadata costs its call, and nothing is sent", async () => {
  const pair = nested();
  await pair.clock.settle();
  outcomeOf(pair.front.ask("first"));
  await pair.clock.settle();
  const { counters } = pair.homes.client;
  const before = counters.framesSent;
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`n${i}`, ""]));
  const throwing = {
    get a(): string {
      throw new Error("no");
    },
  };
  for (const [metadata, expected] of [
    [{ Tenant: "x" }, "INVALID_ARGUMENT BAD_METADATA not-executed"],
    [{ "": "x" }, "INVALID_ARGUMENT BAD_METADATA not-executed"],
    [{ "a b": "x" }, "INVALID_ARGUMENT BAD_METADATA not-executed"],
    [{ a: 7 }, "INVALID_ARGUMENT BAD_METADATA not-executed"],
    [{ a: "\ud800" }, "INVALID_ARGUMENT BAD_METADATA not-executed"],
    [throwing, "INVALID_ARGUMENT BAD_METADATA not-executed"],
    [{ a: "x".repeat(4_096) }, "RESOURCE_EXHAUSTED TOO_LARGE not-executed"],
    [many, "RESOURCE_EXHAUSTED TOO_MANY not-executed"],
  ] as const)
    assert.equal(await said(pair, metadata as unknown as Metadata), expected);
  assert.equal(counters.framesSent, before);
  assert.equal(counters.badMetadata, 8);
  assert.equal(await said(pair, { fine: "x".repeat(4_000) }), `{"fine":"${"x".repeat(4_000)}"}`);
});

test("an answer that cannot be one is an error of the method's", async () => {
  const pair = nested((call) => call.answer({ Bad: "x" }));
  assert.equal(await said(pair, {}), "INVALID_ARGUMENT THROWN executed");
});

const annotated = (metadata: unknown, body: unknown): Uint8Array => {
  const map = bodyOf(metadata);
  return Buffer.concat([Uint8Array.of(map.length >>> 8, map.length & 0xff), map, bodyOf(body)]);
};

test("a stranger's metadata that is none costs his call alone", async () => {
  const alone = new AloneServer();
  await alone.greet();
  const { client, clock, endpoint } = alone;
  const method = numberOf["echo"] ?? 0;
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`n${i}`, ""]));
  const bodies = [
    annotated(["a"], [1]),
    annotated({ A: "x" }, [1]),
    annotated({ a: 1 }, [1]),
    annotated(null, [1]),
    annotated({ a: "x".repeat(4_096) }, [1]),
    annotated(many, [1]),
    Buffer.concat([Uint8Array.of(0, 1, 0xc1), bodyOf([1])]),
    annotated({ a: "fine" }, [1]),
    annotated({}, [1]),
  ];
  for (const [index, body] of bodies.entries())
    client.send(kind.call, { call: index + 1, method, flags: flag.annotated }, body);
  await clock.settle();
  const failures = client.ofKind(kind.failure).map((frame) => decoded(frame) as { reason: string; outcome: string });
  assert.deepEqual(
    failures.map(({ reason, outcome }) => `${reason} ${outcome}`),
    [
      ...Array.from({ length: 4 }, () => "BAD_METADATA not-executed"),
      "TOO_LARGE not-executed",
      "TOO_MANY not-executed",
      "BAD_METADATA not-executed",
    ],
  );
  assert.deepEqual(
    client.ofKind(kind.reply).map(({ call }) => call),
    [8, 9],
  );
  assert.equal(endpoint.counters.badMetadata, 7);
  assert.deepEqual(alone.real.echoed, [1, 1]);
});

for (const [what, body] of [
  ["no room for the length", Uint8Array.of(0)],
  ["less than its length", Uint8Array.of(0, 5, 0x80)],
] as const) {
  test(`a frame with ${what} ends the connection`, async () => {
    const alone = new AloneServer();
    await alone.greet();
    alone.client.send(kind.call, { call: 1, method: numberOf["echo"] ?? 0, flags: flag.annotated }, body);
    await alone.clock.settle();
    assert.equal(alone.endpoint.counters.badFrames, 1);
    assert.deepEqual(alone.real.echoed, []);
  });
}

test("a call that is held keeps its metadata", async () => {
  const pair = new Nested((what, _call, back) => within(back, { metadata: { for: what } }).wait(what));
  const outcomes = Array.from({ length: 40 }, (_, i) => outcomeOf(pair.front.ask(`${i}`)));
  await pair.clock.settle();
  assert.equal(pair.entered.length, 40);
  for (const one of pair.entered) one.resolve(one.call.metadata["for"] === one.what);
  await pair.clock.settle();
  assert.ok(outcomes.every(({ said: text }) => text === "true"));
});

test("metadata of an answer that is none is dropped and counted, and its result is not", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  const heard: Metadata[] = [];
  const onMetadata = (metadata: Metadata): void => void heard.push(metadata);
  const bodies = [
    annotated({ A: "x" }, "one"),
    annotated({ a: "x".repeat(4_096) }, "two"),
    annotated(7, "three"),
    annotated({ a: "x" }, "four"),
  ];
  const calls = bodies.map(() => alone.call("echo", [1], { onMetadata }));
  const unasked = alone.call("echo", [1]);
  await alone.clock.settle();
  for (const [index, body] of [...bodies, annotated({ A: "nobody looks" }, "five")].entries())
    alone.server.send(kind.reply, { call: index + 1, flags: flag.annotated }, body);
  // For a call that nobody waits for.
  alone.server.send(kind.reply, { call: 99, flags: flag.annotated }, annotated({ a: "x" }, "late"));
  await alone.clock.settle();
  assert.deepEqual([...calls, unasked].map(resultOf), ["one", "two", "three", "four", "five"]);
  assert.deepEqual(
    heard.map((metadata) => ({ ...metadata })),
    [{ a: "x" }],
  );
  assert.equal(alone.endpoint.counters.badMetadata, 3);
});

test("an answer with less metadata than it says ends the connection", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  const call = alone.call("echo", [1]);
  await alone.clock.settle();
  alone.server.send(kind.reply, { call: 1, flags: flag.annotated }, Uint8Array.of(0, 9, 0x80));
  await alone.clock.settle();
  assert.equal(saysOf(call), "INVALID_ARGUMENT BAD_FRAME unknown");
});

test("the plain wire refuses a call with metadata, and passes over an answer", async () => {
  const Subject = defineInterface("Subject", { request: method<(data: string) => string>() });
  const object = {
    request(data: string) {
      context().answer({ cost: "12" });
      return `${data} ${Object.keys(context().metadata).length} ${context().remaining > 0}`;
    },
  };
  const options = { wire: "plain", end: "newline" } as const;
  await using server = await serve(Subject, object, "tcp://127.0.0.1:0", options);
  await using subject = await connect(Subject, server.url, options);
  await assert.rejects(within(subject, { metadata: { tenant: "x" } }).request("a"), {
    code: "UNIMPLEMENTED",
    reason: "NOT_SUPPORTED",
    outcome: "not-executed",
  });
  const onMetadata = (): never => assert.fail("nothing can come");
  assert.equal(await within(subject, { metadata: {}, onMetadata }).request("a"), "a 0 true");
});

test("a limit that the length of metadata cannot say is refused", async () => {
  const Subject = defineInterface("Subject", { request: method<(data: string) => string>() });
  const serving = serve(Subject, { request: (data) => data }, "memory:metadata", { limits: { metadata: 65_536 } });
  await assert.rejects(serving, { reason: "BAD_OPTION" });
});
