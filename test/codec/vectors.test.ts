// The golden bytes of docs/vectors/values.json: the codec encodes and decodes each of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";
import { assertSame } from "../harness/same.ts";
import { bytesOf, toValue, vectors } from "./notation.ts";

const limits = { ...defaultLimits, nodes: 2 * defaultLimits.nodes };
const encoder = new Encoder(portableText, limits);
const decoder = new Decoder(portableText, limits);

for (const { name, value, hex } of vectors) {
  test(`golden bytes: ${name}`, () => {
    const bytes = bytesOf(hex);
    const writer = new Writer(1);
    encoder.value(writer, toValue(value), "value");
    assert.equal(Buffer.from(writer.slice()).toString("hex"), Buffer.from(bytes).toString("hex"));
    assertSame(decoder.value(bytes, 0, bytes.length, false, true), toValue(value));
  });
}
