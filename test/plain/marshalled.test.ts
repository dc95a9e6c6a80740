// The plain wire: messages as text, bytes or values are what the codec makes of them.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";
import { argumentsOf, type Content, marshalledValueOf, messageOf } from "#internal/wire/plain/marshalled.js";
import { fc } from "../harness/properties.ts";

const encoder = new Encoder(portableText, defaultLimits);
const decoder = new Decoder(portableText, defaultLimits);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const filled = (length: number): Uint8Array => new Uint8Array(length).fill(0x61);

/** The head that stands before so many bytes. */
const table: readonly (readonly [Content, number, string])[] = [
  ["text", 0, "a0"],
  ["text", 1, "a1"],
  ["text", 31, "bf"],
  ["text", 32, "d920"],
  ["text", 255, "d9ff"],
  ["text", 256, "da0100"],
  ["text", 65_535, "daffff"],
  ["text", 65_536, "db00010000"],
  ["text", 1_048_577, "db00100001"],
  ["bytes", 0, "c400"],
  ["bytes", 1, "c401"],
  ["bytes", 255, "c4ff"],
  ["bytes", 256, "c50100"],
  ["bytes", 65_535, "c5ffff"],
  ["bytes", 65_536, "c600010000"],
];

suite("plain messages and marshalled values", () => {
  for (const [content, length, head] of table) {
    test(`${length} bytes of ${content}`, () => {
      const message = filled(length);
      const value = marshalledValueOf(content, message);
      assert.equal(hex(value.subarray(0, head.length / 2)), head);
      assert.equal(value.length, head.length / 2 + length);
      assert.deepEqual(messageOf(content, value, 0, value.length), message);
      const list = argumentsOf(content, message);
      assert.equal(list[0], 0x91);
      assert.deepEqual(list.subarray(1), value);
    });
  }

  test("they are what the codec writes, and it reads them", () => {
    const value = fc.oneof(fc.string({ unit: "grapheme", maxLength: 400 }), fc.uint8Array({ maxLength: 400 }));
    fc.assert(
      fc.property(value, (one) => {
        const content: Content = typeof one === "string" ? "text" : "bytes";
        const message = typeof one === "string" ? new Uint8Array(Buffer.from(one)) : one;
        const writer = new Writer();
        encoder.value(writer, one, "value");
        assert.deepEqual(marshalledValueOf(content, message), writer.slice());
        assert.deepEqual(messageOf(content, writer.bytes, 0, writer.position), message);
        const list = argumentsOf(content, message);
        assert.deepEqual(decoder.list(list, 0, list.length), [one]);
      }),
    );
  });

  for (const [content, bytes, what] of [
    ["text", "", "nothing"],
    ["text", "c0", "null"],
    ["text", "2a", "a number"],
    ["text", "c40161", "bytes"],
    ["bytes", "a161", "text"],
    ["text", "9161", "a list"],
    ["text", "a261", "a text that ends too early"],
    ["text", "a16161", "a text with something behind it"],
    ["text", "d9", "a head without its length"],
    ["text", "da01", "a head with half its length"],
    ["bytes", "c6ffffffff61", "a length that is a lie"],
  ] as const) {
    test(`${what} is no ${content}`, () => {
      const all = unhex(bytes);
      assert.equal(messageOf(content, all, 0, all.length), null);
    });
  }

  test("a head that is longer than need be is understood, and the bytes around are nobody's business", () => {
    const bytes = unhex("ffda000161ff");
    assert.deepEqual(messageOf("text", bytes, 1, 5), filled(1));
  });
});
