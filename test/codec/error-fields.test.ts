// Errors as values keep the properties that a program put on them, with their causes, and nothing that can be sent
// loses a property in silence.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { Writer } from "#internal/codec/writer.js";
import { UpcallError } from "#internal/errors.js";
import { defaultLimits } from "#internal/limits.js";
import { assertSame } from "../harness/same.ts";
import { platforms } from "./platforms.ts";

const text = platforms[0]?.[1];
assert.ok(text !== undefined);
const encoder = new Encoder(text, defaultLimits);
const decoder = new Decoder(text, defaultLimits);

function copyOf<T>(value: T): T {
  const writer = new Writer();
  encoder.value(writer, value, "value");
  return decoder.value(writer.bytes, 0, writer.position) as T;
}

/** What is an error's own, as a plain object. */
const ownOf = (error: unknown): object => Object.fromEntries(Object.entries(error as object));

/** An error as a stranger's map says it. */
function errorOf(parts: Record<string, unknown>): Error & Record<string, unknown> {
  const writer = new Writer();
  encoder.value(writer, parts, "value");
  const map = writer.slice();
  const bytes = Uint8Array.of(0xc8, map.length >> 8, map.length & 0xff, 5, ...map);
  return decoder.value(bytes, 0, bytes.length) as Error & Record<string, unknown>;
}

const refusal = (value: unknown): UpcallError => {
  try {
    encoder.value(new Writer(), value, "value");
  } catch (error) {
    assert.ok(error instanceof UpcallError);
    return error;
  }
  return assert.fail("it was sent");
};

class HttpError extends Error {
  override name = "HttpError";
  status = 404;
  body = { why: "gone", rows: [new Map([[1, new Date(0)]])] };
}

test("an error keeps its own fields, of every kind that can be sent", () => {
  const came = copyOf({ failed: new HttpError("not found") }).failed;
  assert.deepEqual(
    [came.name, came.message, came.status, came.body],
    ["HttpError", "not found", 404, new HttpError().body],
  );
  assert.deepEqual(Object.keys(came), ["status", "body"]);
  for (const code of [17, "ENOENT", null, undefined, 1n, { a: 1 }])
    assertSame(copyOf(Object.assign(new Error("m"), { code })), Object.assign(new Error("m"), { code }));
});

test("so do errors in causes, in an AggregateError, in fields, and those of the system and of another realm", async () => {
  const inner = (): Error => Object.assign(new TypeError("inner"), { status: 503 });
  const many = Object.assign(new AggregateError([inner(), 7], "many", { cause: inner() }), { retry: inner() });
  assertSame(copyOf(many), many);
  const ofNode = await readFile("/no/such/file").catch((error: unknown) => error);
  assert.deepEqual(ownOf(copyOf(ofNode)), ownOf(ofNode));
  const foreign = runInNewContext("Object.assign(new RangeError('m'), { at: { row: 1 } })") as Error;
  assert.deepEqual(ownOf(copyOf(foreign)), { at: { row: 1 } });
  const own = new UpcallError("NOT_FOUND", "no", { outcome: "not-executed" });
  assert.deepEqual(ownOf(copyOf(own)), ownOf(own));
});

test("errors that is no array, and a cause that is no error, arrive as they were", () => {
  const odd = Object.assign(new Error("m"), { name: "AggregateError", errors: { a: 1 } });
  assert.deepEqual((copyOf(odd) as typeof odd).errors, { a: 1 });
  for (const cause of [undefined, null, 5, { a: 1 }, [inner()]])
    assertSame(copyOf(new Error("m", { cause })), new Error("m", { cause }));
  function inner(): Error {
    return Object.assign(new Error("i"), { n: 1 });
  }
});

test("a field is read once, and a getter that throws is told with its place", () => {
  let asked = 0;
  const error = Object.defineProperty(new Error("m"), "status", { get: () => ++asked, enumerable: true });
  assert.equal((copyOf(error) as Error & { status: number }).status, 1);
  assert.equal(asked, 1);
  const bad = Object.defineProperty(new Error("m"), "status", {
    get() {
      throw new Error("out of paper");
    },
    enumerable: true,
  });
  assert.match(refusal({ bad }).message, /^cannot send value\.bad\.status: .*out of paper/);
});

test("what cannot be sent is refused with its place, and never left out", () => {
  const withField = (field: unknown): Error => Object.assign(new Error("m"), { request: field });
  assert.match(refusal([withField(() => {})]).message, /^cannot send value\[0\]\.request: it is a function/);
  assert.match(
    refusal(new Error("m", { cause: withField(new WeakSet()) })).message,
    /^cannot send value\.cause\.request: /,
  );
  const proto = Object.defineProperty(new Error("m"), "__proto__", { value: 1, enumerable: true });
  assert.match(refusal({ proto }).message, /^cannot send value\.proto: it has a key __proto__/);
  const cycle: Error & { self?: Error } = new Error("m");
  cycle.self = cycle;
  const { message, reason } = refusal({ cycle });
  assert.equal(reason, "NOT_MARSHALLABLE");
  assert.match(message, /^cannot send value\.cycle: it contains itself \(a cycle at value\.cycle\.self\)/);
  let deep: unknown = 1;
  for (let i = 0; i < 40; i++) deep = Object.assign(new Error("m"), { deep });
  assert.equal(refusal(deep).reason, "TOO_DEEP");
});

test("no field off the wire stands in the place of the error's own, or meets what errors inherit", () => {
  const setters = ["sent", "toString"];
  Object.defineProperty(Error.prototype, "sent", {
    set() {
      assert.fail("a setter was called");
    },
    configurable: true,
  });
  try {
    const came = errorOf({
      name: "E",
      message: "m",
      code: "C",
      errors: [1],
      cause: 2,
      fields: {
        name: "N",
        message: "M",
        stack: "S",
        cause: "X",
        code: 9,
        errors: [],
        sent: 1,
        toString: 2,
        valueOf: 3,
        7: 4,
      },
    });
    assert.deepEqual([came.name, came.message, came.stack, came.cause], ["E", "m", "E: m", 2]);
    assert.deepEqual([came["code"], came["errors"]], ["C", [1]]);
    assert.deepEqual(ownOf(came), { 7: 4, code: "C", sent: 1, toString: 2, valueOf: 3 });
    for (const name of setters) assert.ok(Object.hasOwn(came, name));
  } finally {
    Reflect.deleteProperty(Error.prototype, "sent");
  }
});

test("fields of another version are passed over", () => {
  for (const fields of [null, 7, "text", [1], new Map([["status", 1]]), new Date(0)])
    assert.deepEqual(ownOf(errorOf({ name: "E", message: "m", fields })), {});
  assert.deepEqual(ownOf(errorOf({ name: "E", message: "m", later: { status: 1 } })), {});
});

test("thousands of errors whose fields all differ share no shapes, and arrive", () => {
  const errors = Array.from({ length: 3_000 }, (_, i) =>
    Object.assign(new Error("m"), { [`k${i}`]: i, [i * 5_000]: 1 }),
  );
  const came = copyOf(errors) as object[];
  assert.deepEqual(came.map(Object.entries), errors.map(Object.entries));
});

test("arrays and built-in objects with properties of their own are refused with the place and the name", () => {
  const match = /=(?<value>\d)/.exec("a=1");
  for (const [value, name] of [
    [Object.assign([1, 2], { total: 3 }), "total"],
    [match, "index"],
    [Object.assign([], { total: 3 }), "total"],
    [Object.assign([{ a: 1 }, { a: 2 }], { "7x": 3 }), "7x"],
    [
      Object.assign(
        Array.from({ length: 5_000 }, (_, i) => i),
        { total: 3 },
      ),
      "total",
    ],
    [Object.assign(new Map([[1, 2]]), { total: 3 }), "total"],
    [Object.assign(new Set([1]), { total: 3 }), "total"],
    [Object.assign(new Date(0), { total: 3 }), "total"],
    [Object.assign(new Uint8Array(3), { total: 3 }), "total"],
    [Object.assign(Buffer.from("abc"), { total: 3 }), "total"],
    [Object.assign(new Float64Array(3), { total: 3 }), "total"],
    [Object.assign(new DataView(new ArrayBuffer(3)), { total: 3 }), "total"],
    [Object.assign(new ArrayBuffer(3), { total: 3 }), "total"],
    [runInNewContext("Object.assign([1], { total: 3 })"), "total"],
  ] as const) {
    const { message, reason } = refusal({ rows: [value] });
    assert.equal(reason, "NOT_MARSHALLABLE");
    assert.equal(message.startsWith(`cannot send value.rows[0]: it has a property "${name}" beside`), true, message);
  }
  assert.match(refusal(new Error("m", { cause: match })).message, /^cannot send value\.cause: /);
  const hidden = Object.defineProperty([1], "total", { value: 3, enumerable: false });
  assert.deepEqual(copyOf([hidden, Object.assign([2], { [Symbol("s")]: 1 })]), [[1], [2]]);
});
