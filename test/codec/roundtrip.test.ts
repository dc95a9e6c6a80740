// Marshalling (serialization): values of every kind (dates, maps, sets, bigints, errors, buffers) come back as they
// were after encoding and decoding.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { order } from "#internal/codec/extensions.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";
import { fc, runs } from "../harness/properties.ts";
import { assertSame } from "../harness/same.ts";
import { anyValue } from "./arbitrary.ts";
import { platforms } from "./platforms.ts";

for (const [name, text] of platforms) {
  const encoder = new Encoder(text, defaultLimits);
  const decoder = new Decoder(text, defaultLimits);

  function there(value: unknown): Uint8Array {
    const writer = new Writer(0);
    encoder.value(writer, value, "value");
    return writer.slice();
  }

  function back(bytes: Uint8Array): unknown {
    return decoder.value(bytes, 0, bytes.length);
  }

  test(`with ${name}, every value comes back as it was, wherever in the bytes it stands`, () => {
    fc.assert(
      fc.property(anyValue, fc.nat({ max: 9 }), (value, offset) => {
        const writer = new Writer(8);
        writer.position = 0;
        for (let i = 0; i < offset; i++) {
          writer.ensure(1);
          writer.u8(0xc1);
        }
        encoder.value(writer, value, "value");
        const end = writer.position;
        writer.ensure(3);
        writer.u8(0xc1);
        assertSame(decoder.value(writer.bytes, offset, end), value);
      }),
      runs(1500),
    );
  });

  test(`with ${name}, a list is the array of its values`, () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 20 }), (values) => {
        const writer = new Writer();
        encoder.list(writer, values, "arguments");
        assert.deepEqual(writer.slice(), there(values));
        assertSame(decoder.list(writer.bytes, 0, writer.position), values);
      }),
      runs(200),
    );
  });

  test(`with ${name}, an object found in two places arrives as two`, () => {
    const shared = { a: [1] };
    const copy = back(there([shared, shared, new Map([[shared, shared]])])) as unknown[];
    assertSame(copy, [shared, shared, new Map([[shared, shared]])]);
    assert.notEqual(copy[0], copy[1]);
  });

  test(`with ${name}, objects of another realm and without a prototype arrive as plain ones of ours`, () => {
    const value = runInNewContext(`({
      object: Object.assign(Object.create(null), { a: 1 }), array: [1, [2]], date: new Date(5), map: new Map([[1, { b: 2 }]]),
      set: new Set([1]), error: new TypeError("no"), bytes: new Uint8Array([1, 2]), floats: new Float32Array([1.5]),
      buffer: new Uint8Array([3]).buffer, many: new AggregateError([1], "m"),
    })`);
    assertSame(back(there(value)), {
      object: { a: 1 },
      array: [1, [2]],
      date: new Date(5),
      map: new Map([[1, { b: 2 }]]),
      set: new Set([1]),
      error: new TypeError("no"),
      bytes: Uint8Array.of(1, 2),
      floats: Float32Array.of(1.5),
      buffer: Uint8Array.of(3).buffer,
      many: new AggregateError([1], "m"),
    });
  });

  test(`with ${name}, what is decoded shares no memory with the bytes`, () => {
    const value = [
      Uint8Array.of(1, 2, 3),
      Uint16Array.of(1, 2),
      Uint8Array.of(9).buffer,
      "text",
      new DataView(new ArrayBuffer(2)),
    ];
    const bytes = there(value);
    const copy = back(bytes);
    bytes.fill(0xff);
    assertSame(copy, value);
  });
}

const [[, text]] = platforms as [(typeof platforms)[0]];
const encoder = new Encoder(text, defaultLimits);
const decoder = new Decoder(text, defaultLimits);

function copyOf(value: unknown): unknown {
  const writer = new Writer();
  encoder.value(writer, value, "value");
  return decoder.value(writer.bytes, 0, writer.position);
}

test("a Buffer, a subclass of Uint8Array and a part of a buffer arrive as a Uint8Array of their bytes alone", () => {
  class Mine extends Uint8Array {
    override get length(): number {
      return 1000;
    }
  }
  const whole = Uint8Array.of(1, 2, 3, 4, 5);
  assertSame(copyOf(Buffer.from(whole)), whole);
  assertSame(copyOf(new Mine(whole.buffer)), whole);
  assertSame(copyOf(whole.subarray(1, 3)), Uint8Array.of(2, 3));
  assertSame(copyOf(new Int16Array(whole.buffer, 2, 1)), Int16Array.of(0x0403));
});

test("own toJSON, then, constructor and hasOwnProperty are data like any other", () => {
  const names = ["toJSON", "then", "constructor", "hasOwnProperty", "toString", "valueOf"];
  const value = Object.fromEntries(names.map((name, i) => [name, i]));
  assertSame(copyOf(value), value);
});

test("symbol keys, hidden properties and an error's stack stay behind", () => {
  const value = Object.defineProperty({ a: 1, [Symbol("s")]: 2 }, "hidden", { value: 3, enumerable: false });
  assertSame(copyOf(value), { a: 1 });
  const error = copyOf(new RangeError("m")) as Error;
  assert.equal(error.stack, "RangeError: m");
  assert.deepEqual(Object.keys(error), []);
});

test("an error of a class of one's own arrives as an Error of that name, with its code and its cause", () => {
  class AccountError extends Error {
    override name = "AccountError";
    code = "OVERDRAWN";
  }
  const error = copyOf(new AccountError("no", { cause: new TypeError("why") })) as Error & { code: string };
  assert.equal(Object.getPrototypeOf(error), Error.prototype);
  assert.deepEqual(
    [error.name, error.message, error.code, String(error)],
    ["AccountError", "no", "OVERDRAWN", "AccountError: no"],
  );
  assert.ok(error.cause instanceof TypeError);
  class Caused extends Error {}
  Object.defineProperty(Caused.prototype, "cause", { value: 1 });
  assert.equal("cause" in (copyOf(new Caused("m")) as Error), false);
  assert.equal("cause" in (copyOf(new Error("m")) as Error), false);
  assert.equal("cause" in (copyOf(new Error("m", { cause: undefined })) as Error), true);
});

test("making an error asks nothing of the program and leaves its switches as they were", () => {
  const program = Error as { prepareStackTrace?: unknown; stackTraceLimit: number };
  const before = program.stackTraceLimit;
  let asked = 0;
  program.prepareStackTrace = () => asked++;
  try {
    for (const value of [
      new TypeError("m"),
      Object.assign(new Error("m"), { name: "Own" }),
      new AggregateError([], "m"),
    ]) {
      const writer = new Writer();
      encoder.value(writer, value, "value");
      asked = 0;
      const error = decoder.value(writer.bytes, 0, writer.position) as Error;
      assert.equal(asked, 0);
      assert.equal(error.stack, `${value.name}: m`);
    }
  } finally {
    delete program.prepareStackTrace;
  }
  assert.equal(program.stackTraceLimit, before);
});

test("another library's array called errors does not make its error an AggregateError", () => {
  const error = copyOf(Object.assign(new Error("m"), { name: "SchemaError", errors: [{ path: "a" }] })) as Error;
  assert.equal(error instanceof AggregateError, false);
});

test("a getter is read once", () => {
  let times = 0;
  const value = {
    get now(): number {
      times++;
      return 7;
    },
  };
  assertSame(copyOf(value), { now: 7 });
  assert.equal(times, 1);
});

test("objects with over 65535 keys and arrays with as many elements go both ways where the limits allow", () => {
  const wide = { ...defaultLimits, nodes: 1e6 };
  const value = [
    Object.fromEntries(Array.from({ length: 65536 }, (_, i) => [`k${i}`, i])),
    Array.from({ length: 65536 }, () => 0),
  ];
  const writer = new Writer();
  new Encoder(text, wide).value(writer, value, "value");
  assert.equal(writer.bytes[1], 0xdf);
  assertSame(new Decoder(text, wide).value(writer.bytes, 0, writer.position), value);
});

test("every NaN is sent as the same bytes", () => {
  const [odd] = new Float64Array(Uint8Array.of(1, 2, 3, 4, 5, 6, 0xff, 0xff).buffer);
  const writer = new Writer();
  encoder.value(writer, odd, "value");
  assert.equal(Buffer.from(writer.slice()).toString("hex"), "cb7ff8000000000000");
});

test("on a machine of the other byte order, elements are turned round", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  order(bytes, 4, true);
  assert.deepEqual([...bytes], [4, 3, 2, 1, 8, 7, 6, 5]);
  order(bytes, 1, true);
  order(bytes, 4, false);
  assert.deepEqual([...bytes], [4, 3, 2, 1, 8, 7, 6, 5]);
});
