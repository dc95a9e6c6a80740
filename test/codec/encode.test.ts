// The codec's encoder: limits of depth, values and digits, texts as UTF-8, and getters that send something themselves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { type Reason, UpcallError } from "#internal/errors.js";
import { defaultLimits } from "#internal/limits.js";
import { fc, runs } from "../harness/properties.ts";
import { assertSame } from "../harness/same.ts";
import { anyValue } from "./arbitrary.ts";

const encoder = new Encoder(portableText, defaultLimits);
const nested = (levels: number): unknown => (levels === 0 ? null : [nested(levels - 1)]);

function deepMap(levels: number): unknown {
  return levels === 0 ? null : new Map([[1, deepMap(levels - 1)]]);
}

test("at the limits: 64 levels, 65536 values, 4096 digits", () => {
  const decoder = new Decoder(portableText, defaultLimits);
  for (const value of [
    nested(64),
    deepMap(64),
    Array.from({ length: 65535 }, () => 0),
    10n ** 4096n - 1n,
    1n - 10n ** 4096n,
  ]) {
    const writer = new Writer();
    encoder.value(writer, value, "value");
    assertSame(decoder.value(writer.bytes, 0, writer.position), value);
  }
  const writer = new Writer();
  encoder.list(writer, [nested(64)], "arguments");
  assertSame(decoder.list(writer.bytes, 0, writer.position), [nested(64)]);
});

test("encoder and decoder count depth and nodes alike: what one lets pass the other does too", () => {
  fc.assert(
    fc.property(anyValue, fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 40 }), (value, depth, nodes) => {
      const limits = { ...defaultLimits, depth, nodes };
      const writer = new Writer();
      encoder.value(writer, value, "value");
      const reasonOf = (run: () => unknown): Reason | undefined => {
        try {
          run();
          return undefined;
        } catch (error) {
          assert.ok(error instanceof UpcallError, String(error));
          return error.reason;
        }
      };
      const encoded = reasonOf(() => new Encoder(portableText, limits).value(new Writer(), value, "value"));
      const decoded = reasonOf(() => new Decoder(portableText, limits).value(writer.bytes, 0, writer.position));
      assert.equal(encoded === undefined, decoded === undefined, `${encoded} and ${decoded}`);
    }),
    runs(2000),
  );
});

test("texts of every length up to 40 with a wider character at every place are UTF-8, behind the smallest head", () => {
  const decoder = new Decoder(portableText, defaultLimits);
  for (let length = 0; length <= 40; length++) {
    for (const wide of ["a", "\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\u{1f600}"]) {
      for (const fill of ["b", "\u20ac"]) {
        for (let at = 0; at < length; at++) {
          const text = fill.repeat(at) + wide + fill.repeat(length - at - 1);
          const body = Buffer.from(text);
          const head = body.length < 32 ? [0xa0 | body.length] : [0xd9, body.length];
          const writer = new Writer(0);
          encoder.value(writer, text, "value");
          assert.deepEqual(Buffer.from(writer.slice()), Buffer.concat([Buffer.from(head), body]), text);
          assert.equal(decoder.value(writer.bytes, 0, writer.position), text);
        }
      }
    }
  }
});

test("a byte that is no UTF-8 is found at every place of a text", () => {
  const decoder = new Decoder(portableText, defaultLimits);
  for (let length = 1; length < 32; length++) {
    for (let at = 1; at <= length; at++) {
      const bytes = new Uint8Array(1 + length).fill(0x61);
      bytes[0] = 0xa0 | length;
      bytes[at] = 0xff;
      assert.throws(() => decoder.value(bytes, 0, bytes.length), { reason: "BAD_MESSAGE" });
    }
  }
});

test("a getter that sends something itself is refused, and does not spoil what is being written", () => {
  const writer = new Writer();
  encoder.value(writer, 1, "value");
  let inner: unknown;
  const value = {
    get calls(): number {
      try {
        encoder.value(writer, "inside", "arguments");
      } catch (error) {
        inner = error;
      }
      return 2;
    },
  };
  encoder.value(writer, value, "value");
  assert.ok(inner instanceof UpcallError && inner.reason === "NOT_MARSHALLABLE");
  assert.match(inner.message, /a getter of the value that is being sent made this call/);
  assert.equal(Buffer.from(writer.slice()).toString("hex"), "0181a563616c6c7302");
});

test("a getter may send something over another connection with the same encoder", () => {
  const other = new Writer();
  const value = {
    get calls(): number {
      encoder.value(other, [1, 2, 3], "arguments");
      return 2;
    },
  };
  const writer = new Writer();
  encoder.value(writer, [value, 4], "value");
  assert.equal(Buffer.from(writer.slice()).toString("hex"), "9281a563616c6c730204");
  assert.equal(Buffer.from(other.slice()).toString("hex"), "93010203");
});

test("a getter that writes something else to the same output is refused", () => {
  const writer = new Writer();
  const write = (): number => {
    writer.ensure(1);
    writer.u8(0xc1);
    return 1;
  };
  const error = Object.defineProperty(new Error("m"), "code", { get: () => String(write()) });
  for (const value of [
    Object.defineProperty({}, "x", { get: write, enumerable: true }),
    Object.defineProperty([0], 0, { get: write }),
    error,
  ]) {
    assert.throws(() => encoder.value(writer, value, "value"), { reason: "NOT_MARSHALLABLE" });
    assert.equal(writer.position, 0);
  }
});

test("the writer keeps its content while it grows, and writes big-endian numbers", () => {
  const writer = new Writer(0);
  for (let i = 0; i < 1000; i++) {
    writer.ensure(7);
    writer.u8(i);
    writer.u16(0x0102);
    writer.u32(0xfffefdfc);
  }
  assert.equal(writer.position, 7000);
  for (let i = 0; i < 1000; i++) {
    assert.equal(
      Buffer.from(writer.slice(7 * i).subarray(0, 7)).toString("hex"),
      `${(i % 256).toString(16).padStart(2, "0")}0102fffefdfc`,
    );
  }
});
