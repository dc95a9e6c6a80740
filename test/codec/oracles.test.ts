import assert from "node:assert/strict";
import { test } from "node:test";
import * as msgpack from "@msgpack/msgpack";
import fc from "fast-check";
import notepack from "notepack.io";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/text.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";
import { jsonValue } from "./arbitrary.ts";
import { assertSame } from "./same.ts";

const encoder = new Encoder(portableText, defaultLimits);
const decoder = new Decoder(portableText, defaultLimits);

function encode(value: unknown): Uint8Array {
  const writer = new Writer();
  encoder.value(writer, value, "value");
  return writer.slice();
}

test("@msgpack/msgpack reads our bytes, and we read its bytes", () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      const bytes = encode(value);
      const theirs = msgpack.encode(value);
      assertSame(decoder.value(theirs, 0, theirs.length), msgpack.decode(theirs));
      assertSame(msgpack.decode(bytes), value);
    }),
    { numRuns: 1000 },
  );
});

test("notepack.io reads our bytes, and we read its bytes", () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      assertSame(notepack.decode(Buffer.from(encode(value))), value);
      const theirs = notepack.encode(value);
      assertSame(decoder.value(theirs, 0, theirs.length), notepack.decode(theirs));
    }),
    { numRuns: 1000 },
  );
});

test("dates are the timestamps of @msgpack/msgpack, byte for byte", () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      assert.deepEqual(encode(date), msgpack.encode(date));
      assertSame(msgpack.decode(encode(date)), date);
    }),
    { numRuns: 1000 },
  );
});
