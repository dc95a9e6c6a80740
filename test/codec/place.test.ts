// Values that cannot be sent (functions, symbols, cycles, instances of classes): the error names the place of each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { type Reason, UpcallError } from "#internal/errors.js";
import { defaultLimits } from "#internal/limits.js";

const encoder = new Encoder(portableText, defaultLimits);

class Account {
  born = 1;
}
class OwnMap extends Map {}
class OwnDate extends Date {}
class OwnSet extends Set {}
class OwnArray extends Array {}

const cycle: Record<string, unknown> = { a: 1 };
cycle["self"] = cycle;
const ring = { list: [1, { up: null as unknown }] };
(ring.list[1] as { up: unknown }).up = ring;
const holed: unknown[] = [1];
holed[2] = 3;
const nested = (levels: number): unknown => (levels === 0 ? null : [nested(levels - 1)]);
const shared = { a: 1 };
const throwing = {
  ok: 1,
  get bad(): never {
    throw new Error("out of paper");
  },
};
const detached = new Uint8Array(8);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

/** What is sent as the only argument, the place that the error names, and a part of what it says. */
const refused: readonly (readonly [string, unknown, string, string, Reason?])[] = [
  ["a function", () => 1, "arguments[0]", "is a function"],
  ["a class", Account, "arguments[0]", "is a function"],
  ["a method in an object", { go: () => 1 }, "arguments[0].go", "is a function"],
  ["a symbol", Symbol("x"), "arguments[0]", "is a symbol"],
  ["a Promise", { a: [Promise.resolve()] }, "arguments[0].a[0]", "is a Promise: await it first"],
  [
    "an instance",
    { owner: { born: new Account() } },
    "arguments[0].owner.born",
    "an instance of class Account: send plain data instead, as in { ...it }",
  ],
  ["an instance without a class name", new (class {})(), "arguments[0]", "class without a name"],
  ["a subclass of Map", new OwnMap(), "arguments[0]", "class OwnMap, a subclass of Map"],
  ["a subclass of Set", new OwnSet(), "arguments[0]", "class OwnSet, a subclass of Set"],
  ["a subclass of Date", new OwnDate(), "arguments[0]", "class OwnDate, a subclass of Date"],
  ["a subclass of Array", OwnArray.of(1), "arguments[0]", "class OwnArray, a subclass of Array"],
  ["a RegExp", [/x/], "arguments[0][0]", "is a RegExp"],
  ["a boxed String", Object("x"), "arguments[0]", "is a boxed String"],
  ["a boxed Number", Object(1), "arguments[0]", "is a boxed Number"],
  ["a boxed Boolean", Object(true), "arguments[0]", "is a boxed Boolean"],
  ["a boxed bigint", Object(1n), "arguments[0]", "is a boxed BigInt"],
  ["a boxed symbol", Object(Symbol()), "arguments[0]", "is a boxed Symbol"],
  ["a WeakMap", new WeakMap(), "arguments[0]", "class WeakMap"],
  ["a SharedArrayBuffer", new SharedArrayBuffer(1), "arguments[0]", "is a SharedArrayBuffer"],
  ["an async generator", (async function* () {})(), "arguments[0]", "declare it as a stream"],
  ["an object made from another", Object.create({ a: 1 }), "arguments[0]", "an instance of class Object"],
  ["an impostor of Map", Object.create(Map.prototype), "arguments[0]", "could not be read"],
  [
    "an impostor of Date",
    { at: Object.create(Date.prototype) },
    "arguments[0].at",
    "an instance of class Date: send plain data",
  ],
  ["a Proxy of a Map", new Proxy(new Map(), {}), "arguments[0]", "could not be read"],
  ["an instance of another realm", runInNewContext("new (class Far {})()"), "arguments[0]", "class Far"],
  ["a cycle", cycle, "arguments[0]", "contains itself (a cycle at arguments[0].self)"],
  ["a longer cycle", { ring }, "arguments[0].ring", "contains itself (a cycle at arguments[0].ring.list[1].up)"],
  [
    "a symbol behind an object that is there twice",
    { a: shared, b: shared, c: Symbol() },
    "arguments[0].c",
    "is a symbol",
  ],
  ["a hole", [holed], "arguments[0][0]", "has a hole at [1]"],
  ["a lone surrogate", { text: "a\ud800" }, "arguments[0].text", "lone surrogate"],
  ["a lone surrogate in a long text", `${"a".repeat(100)}\udc00`, "arguments[0]", "lone surrogate"],
  ["a key with a lone surrogate", { "\udc00": 1 }, "a key of arguments[0]", "lone surrogate"],
  ["a key that is no name", { "two words": [Symbol()] }, 'arguments[0]["two words"][0]', "is a symbol"],
  ["a key __proto__", { a: JSON.parse('{"__proto__":1}') }, "arguments[0].a", "has a key __proto__"],
  ["a value in a Map", new Map([["a", { b: Symbol() }]]), 'arguments[0].get("a").b', "is a symbol"],
  [
    "a value in a Map under an object",
    new Map<unknown, unknown>([
      [1, 1],
      [{}, Symbol()],
    ]),
    "arguments[0].values()[1]",
    "is a symbol",
  ],
  ["a key of a Map", new Map([[{ f: () => 1 }, 1]]), "arguments[0].keys()[0].f", "is a function"],
  ["a value in a Set", new Set([1, Symbol()]), "arguments[0].values()[1]", "is a symbol"],
  ["the cause of an error", new Error("m", { cause: () => 1 }), "arguments[0].cause", "is a function"],
  ["an error in an AggregateError", new AggregateError([1, new WeakSet()]), "arguments[0].errors[1]", "class WeakSet"],
  [
    "an error whose message is no text",
    Object.assign(new Error(), { message: 7 }),
    "arguments[0]",
    "name or message is not a string",
  ],
  ["an error with half a character", new Error("\ud800"), "arguments[0].message", "lone surrogate"],
  ["a getter that throws", { throwing }, "arguments[0].throwing.bad", "its getter threw: out of paper"],
  [
    "a Proxy whose trap throws",
    [new Proxy({}, { ownKeys: () => assert.fail("trap") })],
    "arguments[0][0]",
    "could not be read: trap",
  ],
  ["a revoked Proxy", revoked(), "arguments[0]", "could not be read"],
  ["a buffer that was transferred away", { a: detached.buffer }, "arguments[0].a", "could not be read"],
  ["a view of one", { a: detached }, "arguments[0].a", "could not be read"],
  ["a bigint of 4097 digits", { n: 10n ** 4096n }, "arguments[0].n", "more than 4096 decimal digits", "TOO_LARGE"],
  ["a negative bigint of 4097 digits", -(10n ** 4096n), "arguments[0]", "more than 4096 decimal digits", "TOO_LARGE"],
  ["65 levels", nested(65), `arguments[0]${"[0]".repeat(64)}`, "nested more than 64 levels deep", "TOO_DEEP"],
  [
    "65 levels with a Map at the end",
    { a: deepMap(64) },
    `arguments[0].a${".get(1)".repeat(63)}`,
    "nested more than 64 levels deep",
    "TOO_DEEP",
  ],
  [
    "too many elements",
    { a: Array.from({ length: 65535 }, () => 0) },
    "arguments[0].a",
    "more than 65536 values",
    "TOO_MANY",
  ],
  [
    "too many keys",
    Object.fromEntries(Array.from({ length: 32768 }, (_, i) => [i, 0])),
    "arguments[0]",
    "more than 65536 values",
    "TOO_MANY",
  ],
];

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function deepMap(levels: number): unknown {
  return levels === 0 ? null : new Map([[1, deepMap(levels - 1)]]);
}

for (const [name, value, place, text, reason] of refused) {
  test(`refused, with its place: ${name}`, () => {
    const writer = new Writer(16);
    writer.position = 5;
    assert.throws(
      () => encoder.list(writer, [value], "arguments"),
      (error) => {
        assert.ok(error instanceof UpcallError, String(error));
        assert.equal(error.message.slice(0, error.message.indexOf(": it ")), `cannot send ${place}`, error.message);
        assert.ok(error.message.includes(text), error.message);
        assert.deepEqual(
          [error.code, error.reason, error.outcome],
          ["INVALID_ARGUMENT", reason ?? "NOT_MARSHALLABLE", "not-executed"],
        );
        return true;
      },
    );
    assert.equal(writer.position, 5);
    assert.equal(writer.busy, false);
    encoder.value(writer, null, "value");
    assert.equal(writer.bytes[5], 0xc0);
  });
}

test("the cause of a getter that throws is kept", () => {
  assert.throws(
    () => encoder.value(new Writer(), throwing, "result"),
    (error) => {
      assert.ok(error instanceof UpcallError && error.cause instanceof Error);
      assert.match(error.message, /^cannot send result\.bad: /);
      return error.cause.message === "out of paper";
    },
  );
});

test("a getter that throws only once is reported all the same", () => {
  let first = true;
  const value = {
    get moody(): number {
      if (!first) return 1;
      first = false;
      throw new Error("not now");
    },
  };
  assert.throws(
    () => encoder.value(new Writer(), value, "result"),
    /cannot send result: it could not be read: not now/,
  );
});
