// What is refused when serving or connecting, before anything is opened: missing methods, bad names, bad options and
// URLs; and giving up a connect by an AbortSignal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, connect, defineInterface, implement, method, open, Skeleton, serve, within } from "upcall";
import { RealSubject, Subject } from "./interfaces.ts";

const refused = (message: RegExp): object => ({
  code: "INVALID_ARGUMENT",
  reason: "BAD_INTERFACE",
  outcome: "not-executed",
  message,
});

test("a class or an object that lacks methods is refused with their names", () => {
  class Half extends Skeleton(Subject) {
    echo(): void {}
  }
  assert.throws(
    () => new Half(),
    refused(/class Half does not implement Subject: it lacks reverse\(\), fail\(\), never\(\), note\(\), notes\(\)/),
  );
  assert.throws(() => implement(Subject, {} as never), refused(/it lacks echo\(\)/));
  assert.throws(() => implement(Subject, (() => null) as never), refused(/it is null/));
  assert.throws(() => implement({} as never, {} as never), refused(/made by defineInterface/));
});

for (const name of [
  "then",
  "catch",
  "finally",
  "constructor",
  "toString",
  "toJSON",
  "valueOf",
  "hasOwnProperty",
  "prototype",
  "1a",
  "a-b",
  "",
  "x".repeat(129),
]) {
  test(`no method can be called "${name.slice(0, 20)}"`, () => {
    assert.throws(() => defineInterface("X", { [name]: method<() => void>() }), refused(/method "/));
  });
}

test("names of interfaces", () => {
  const methods = { x: method<() => void>() };
  for (const name of ["", "1", "a b", "upcall.Mine", "x".repeat(129), "ä"])
    assert.throws(() => defineInterface(name, methods), { reason: "BAD_INTERFACE" });
  for (const name of ["A", "org.example.A-b_1", "x".repeat(128)])
    assert.equal(defineInterface(name, methods).name, name);
  assert.throws(() => defineInterface("X", {}), refused(/no method/));
  assert.throws(() => defineInterface("X", { __proto__: method<() => void>() } as never), { reason: "BAD_INTERFACE" });
  assert.throws(() => defineInterface("X", { x: (() => {}) as never }), refused(/made by method/));
});

test("options of a method that make no sense", () => {
  for (const timeout of [0, -1, Number.NaN, 86_400_001, "5" as never])
    assert.throws(() => method<() => void>({ timeout }), { reason: "BAD_INTERFACE" });
  assert.throws(() => method<() => void>({ plain: "json" as never }), { reason: "BAD_INTERFACE" });
  assert.throws(() => method({ args: [5 as never] }), { reason: "BAD_INTERFACE" });
});

test("two objects for one interface name are refused", async () => {
  const one = implement(Subject, new RealSubject());
  await assert.rejects(serve([one, implement(Subject, new RealSubject())], "memory:two"), refused(/two objects/));
  await assert.rejects(serve([], "memory:none"), { code: "INVALID_ARGUMENT" });
});

test("options and URLs that make no sense are refused before anything is opened", async () => {
  await using server = await serve(Subject, new RealSubject(), "memory:options");
  const wrong = [
    { timeout: 0 },
    { timeout: "5" as never },
    { connectTimeout: -1 },
    { connectTimeout: Number.NaN },
    { wire: "json" as never },
    { limits: { nonsense: 1 } as never },
    { limits: { depth: -1 } },
  ];
  for (const options of wrong)
    await assert.rejects(connect(Subject, server.url, options), { reason: "BAD_OPTION", outcome: "not-executed" });
  for (const url of [
    "",
    "localhost:7000",
    "tcp://",
    "tcp://x",
    "tcp://x:99999",
    "ftp://x:1",
    "memory:",
    "unix:",
    5 as never,
  ])
    await assert.rejects(open(url), { reason: "BAD_URL", outcome: "not-executed" });
  await assert.rejects(connect({} as never, server.url), refused(/defineInterface/));
  assert.equal(server.counters().connections, 0);
  for (const not of [null, {}, 5]) {
    assert.throws(() => within(not as never, {}), { reason: "BAD_ARGUMENT" });
    await assert.rejects(close(not as never), { reason: "BAD_ARGUMENT" });
  }
});

test("an interface too large for one connection is refused and leaves no connection open", async () => {
  await using server = await serve(Subject, new RealSubject(), "tcp://127.0.0.1:0", { onConnection: () => {} });
  await assert.rejects(connect(Subject, server.url, { limits: { announced: 3 } }), {
    code: "RESOURCE_EXHAUSTED",
    reason: "TOO_MANY",
  });
});

test("connecting can be given up", async () => {
  await using server = await serve(Subject, new RealSubject(), "tcp://127.0.0.1:0");
  await assert.rejects(connect(Subject, server.url, { signal: AbortSignal.abort() }), {
    code: "CANCELLED",
    outcome: "not-executed",
  });
});
