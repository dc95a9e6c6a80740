// The notation of the command: what one direction writes the other reads, for every value that a call can carry.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromNotation, type Json, toNotation } from "#internal/cli/notation.js";
import { fc } from "../harness/properties.ts";
import { assertSame } from "../harness/same.ts";

const dollars = fc.constantFrom("$bytes", "$date", "$object", "$undefined", "$anything", "$", "__proto__", "plain");
const classes = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
type View = new (buffer: ArrayBuffer) => ArrayBufferView;
const views: readonly View[] = [
  DataView,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
];
const wideViews: readonly View[] = [Float32Array, Float64Array, BigInt64Array, BigUint64Array];

const { value } = fc.letrec<{ value: unknown }>((tie) => {
  const inner = tie("value");
  const bytes = (size: number) =>
    fc.uint8Array({ maxLength: 4 }).map((some) => new Uint8Array(some.length * size).fill(7));
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.oneof(
        fc.constantFrom(
          null,
          undefined,
          true,
          false,
          -0,
          Number.NaN,
          Number.POSITIVE_INFINITY,
          Number.NEGATIVE_INFINITY,
        ),
        fc.double(),
        fc.string({ unit: "binary" }),
        fc.bigInt(),
        fc.date({ noInvalidDate: false }),
        fc.uint8Array(),
        fc.tuple(fc.constantFrom(...views), bytes(4)).map(([view, some]) => new view(some.buffer)),
        fc.tuple(fc.constantFrom(...wideViews), bytes(8)).map(([view, some]) => new view(some.buffer)),
        fc.uint8Array().map((some) => some.slice().buffer),
      ),
      fc.array(inner, { maxLength: 3 }),
      fc
        .array(fc.tuple(fc.oneof(dollars, fc.string()), inner), { maxLength: 3 })
        .map((members) => Object.fromEntries(members)),
      fc.tuple(dollars, inner).map((member) => Object.fromEntries([member])),
      fc.array(fc.tuple(inner, inner), { maxLength: 3 }).map((entries) => new Map(entries)),
      fc.array(inner, { maxLength: 3 }).map((values) => new Set(values)),
      fc
        .tuple(fc.constantFrom(...classes), fc.string(), fc.option(inner), fc.option(fc.string()))
        .map(([made, message, cause, code]) =>
          Object.assign(new made(message, cause === null ? undefined : { cause }), code === null ? {} : { code }),
        ),
      fc.array(inner, { maxLength: 2 }).map((errors) => new AggregateError(errors, "several")),
      fc.string().map((name) => Object.defineProperty(new Error("own name"), "name", { value: name })),
    ),
  };
});

test("every value survives being written as JSON text and read again", () => {
  fc.assert(
    fc.property(value, (given) => {
      const text = JSON.stringify(toNotation(given));
      assertSame(fromNotation(JSON.parse(text)), given);
    }),
    { numRuns: 2_000 },
  );
});

test("what was written is written the same after being read", () => {
  fc.assert(
    fc.property(value, (given) => {
      const json = toNotation(given);
      assert.equal(JSON.stringify(toNotation(fromNotation(json))), JSON.stringify(json));
    }),
    { numRuns: 1_000 },
  );
});

test("any JSON is read, or refused with a sentence that names the member", () => {
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie("json"), { maxLength: 3 }),
      fc
        .tuple(
          fc.constantFrom("$bytes", "$date", "$number", "$bigint", "$map", "$set", "$error", "$array", "$object", "$x"),
          tie("json"),
        )
        .map((member) => Object.fromEntries([member])),
    ),
  }));
  fc.assert(
    fc.property(json, (given) => {
      try {
        const read = fromNotation(given as Json);
        assertSame(fromNotation(toNotation(read)), read);
      } catch (error) {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, /^\{"\$.*": \.\.\.\} /s);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("the table at the top of the file is what is written", () => {
  const table: readonly (readonly [unknown, string])[] = [
    [undefined, '{"$undefined":true}'],
    [Number.NaN, '{"$number":"NaN"}'],
    [-0, '{"$number":"-0"}'],
    [123n, '{"$bigint":"123"}'],
    [new Date(Date.UTC(2026, 10, 5, 12)), '{"$date":"2026-11-05T12:00:00.000Z"}'],
    [new Date(Number.NaN), '{"$date":null}'],
    [Uint8Array.of(1, 2, 255), '{"$bytes":"AQL/"}'],
    [Float32Array.of(1), '{"$array":{"kind":"Float32Array","base64":"AACAPw=="}}'],
    [new ArrayBuffer(1), '{"$array":{"kind":"ArrayBuffer","base64":"AA=="}}'],
    [new Map([["a", 1n]]), '{"$map":[["a",{"$bigint":"1"}]]}'],
    [new Set([1, "b"]), '{"$set":[1,"b"]}'],
    [
      Object.assign(new RangeError("far", { cause: 1 }), { code: "E" }),
      '{"$error":{"name":"RangeError","message":"far","code":"E","cause":1}}',
    ],
    [{ $bytes: "AQ==" }, '{"$object":{"$bytes":"AQ=="}}'],
    [{ $a: 1, $b: 2 }, '{"$a":1,"$b":2}'],
  ];
  for (const [given, text] of table) assert.equal(JSON.stringify(toNotation(given)), text);
});

test("a slip of the pen is refused and not guessed at", () => {
  const slips = [
    '{"$undefined":false}',
    '{"$number":"1"}',
    '{"$bigint":"0x10"}',
    '{"$bigint":5}',
    '{"$date":"yesterday"}',
    '{"$bytes":"AQ"}',
    '{"$bytes":"A*=="}',
    '{"$array":{"kind":"Float32Array","base64":"AQ=="}}',
    '{"$array":{"kind":"Uint8Array","base64":"AQ=="}}',
    '{"$map":[["a"]]}',
    '{"$map":{"a":1}}',
    '{"$error":"boom"}',
    '{"$byte":"AQ=="}',
    '{"$constructor":1}',
    '{"$object":[1]}',
  ];
  for (const slip of slips) assert.throws(() => fromNotation(JSON.parse(slip)), TypeError, slip);
});
