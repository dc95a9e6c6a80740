// The codec compared with two other MessagePack libraries: they read our bytes and we read theirs.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as msgpack from "@msgpack/msgpack";
import notepack from "notepack.io";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { RECORDS } from "#internal/codec/extensions.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";
import { fc, runs } from "../harness/properties.ts";
import { assertSame } from "../harness/same.ts";
import { jsonValue } from "./arbitrary.ts";

const encoder = new Encoder(portableText, defaultLimits);
const decoder = new Decoder(portableText, defaultLimits);

function encode(value: unknown): Uint8Array {
  const writer = new Writer();
  encoder.value(writer, value, "value");
  return writer.slice();
}

/** Our records, as a page of docs/protocol.md lets another library read them. */
const extensionCodec = new msgpack.ExtensionCodec();
extensionCodec.register({
  type: RECORDS,
  encode: () => null,
  decode: (payload) => {
    const [keys, ...values] = [...msgpack.decodeMulti(payload, { extensionCodec })] as [string[], ...unknown[]];
    return Array.from({ length: values.length / keys.length }, (_, row) =>
      Object.fromEntries(keys.map((key, i) => [key, values[row * keys.length + i]])),
    );
  },
});

/** Whether a list in a value is one of records, which a library without extensions cannot read. */
function holdsRecords(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const keys = Array.isArray(value) ? value.map((item) => JSON.stringify(keysOf(item))) : [];
  return (keys.length > 1 && keys[0] !== "[]" && new Set(keys).size === 1) || Object.values(value).some(holdsRecords);
}

const keysOf = (value: unknown): string[] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];

test("@msgpack/msgpack reads our bytes, and we read its bytes", () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      const bytes = encode(value);
      const theirs = msgpack.encode(value);
      assertSame(decoder.value(theirs, 0, theirs.length), msgpack.decode(theirs));
      assertSame(msgpack.decode(bytes, { extensionCodec }), value);
    }),
    runs(500),
  );
});

test("notepack.io reads our bytes, and we read its bytes", () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      if (!holdsRecords(value)) assertSame(notepack.decode(Buffer.from(encode(value))), value);
      const theirs = notepack.encode(value);
      assertSame(decoder.value(theirs, 0, theirs.length), notepack.decode(theirs));
    }),
    runs(500),
  );
});

test("dates are the timestamps of @msgpack/msgpack, byte for byte", () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      assert.deepEqual(encode(date), msgpack.encode(date));
      assertSame(msgpack.decode(encode(date)), date);
    }),
    runs(500),
  );
});
