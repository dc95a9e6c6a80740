// The codec: long byte arrays are not copied but written beside the encoded bytes. Put together they are the same
// bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { longestCopy, minBesideBytes } from "#internal/codec/beside.js";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";
import { fc, runs } from "../harness/properties.ts";

const encoder = new Encoder(portableText, defaultLimits);

function written(value: unknown, takesBeside: boolean): Writer {
  const writer = new Writer();
  writer.ensure(3);
  writer.position = 3;
  writer.takesBeside = takesBeside;
  encoder.list(writer, [value, "after"], "arguments");
  return writer;
}

const long = [new Uint8Array(minBesideBytes).fill(1), new Uint8Array(minBesideBytes + 7).fill(2)];
const leaf = fc.oneof(
  fc.constantFrom(...long),
  fc.constantFrom(new Uint8Array(minBesideBytes - 1), new Float64Array(minBesideBytes / 8)),
  fc.string(),
  fc.integer(),
);
const key = fc.string().filter((it) => it !== "__proto__");
/** One level of containers around `inner`. */
function around(inner: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const items = fc.array(inner, { maxLength: 3 });
  return fc.oneof(
    inner,
    items,
    fc.dictionary(key, inner, { maxKeys: 20, noNullPrototype: true }),
    items.map((list) => new Set(list)),
    items.map((list) => new Map(list.map((item, at) => [at, item]))),
    fc.array(fc.record({ a: inner, b: leaf }), { maxLength: 3 }),
  );
}
const tree = around(around(leaf));

test("a message with arrays beside it has the same bytes and the same length", () => {
  fc.assert(
    fc.property(tree, (value) => {
      const plain = written(value, false);
      const beside = written(value, true);
      assert.equal(plain.beside, null);
      assert.equal(beside.since(3), plain.since(3));
      assert.ok(Buffer.from(beside.slice(3).buffer).equals(plain.slice(3)));
    }),
    runs(100),
  );
});

test("what is taken back is taken back with the arrays beside it", () => {
  const writer = written(long[0], true);
  const before = writer.slice(3);
  const at = writer.position;
  writer.takesBeside = true;
  encoder.value(writer, long, "value");
  assert.throws(() => encoder.value(writer, [long[1], () => {}], "value"));
  assert.equal(writer.since(at), writer.since(3) - before.length);
  writer.back(at);
  assert.deepEqual(writer.slice(3), before);
  writer.back(3);
  assert.equal(writer.beside, null);
});

test("arrays are copied up to the length that is asked for, and given as they are beyond it", () => {
  const array = new Uint8Array(longestCopy + 1).fill(1);
  const [, copied] = written(array, true).parts(3, array.length);
  const [, given] = written(array, true).parts(3, longestCopy);
  array[5] = 9;
  assert.deepEqual([copied?.[5], given?.[5]], [1, 9]);
  assert.equal(copied?.length, array.length);
});
