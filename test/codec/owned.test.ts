// The decoder's byte arrays: a view of memory that is never used again, else a copy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";

const decoder = new Decoder(portableText, defaultLimits);

function marshalled(value: unknown): Uint8Array {
  const writer = new Writer();
  new Encoder(portableText, defaultLimits).value(writer, value, "value");
  return writer.bytes.slice(0, writer.position);
}

function decoded(value: unknown, owned: boolean): { bytes: Uint8Array; input: Uint8Array } {
  const input = marshalled(value);
  const given = decoder.value(input, 0, input.length, owned) as Uint8Array | { part: Uint8Array };
  return { bytes: given instanceof Uint8Array ? given : given.part, input };
}

test("bytes out of memory that is used again are a copy", () => {
  for (const length of [10, 300, 70_000]) {
    const { bytes, input } = decoded(new Uint8Array(length).fill(7), false);
    input.fill(0);
    assert.ok(bytes.length === length && bytes.every((byte) => byte === 7));
  }
});

test("most of a message that is the user's own is a view of it", () => {
  const { bytes, input } = decoded(new Uint8Array(70_000).fill(7), true);
  assert.equal(bytes.buffer, input.buffer);
  assert.ok(bytes.length === 70_000 && bytes.every((byte) => byte === 7));
});

test("a small part of such a message is a copy, so that it does not keep the whole", () => {
  const { bytes, input } = decoded({ part: new Uint8Array(300).fill(7), rest: "x".repeat(70_000) }, true);
  assert.notEqual(bytes.buffer, input.buffer);
  assert.ok(bytes.length === 300 && bytes.every((byte) => byte === 7));
});
