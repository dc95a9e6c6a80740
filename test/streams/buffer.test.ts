// Streams: the reader's buffer of items, whatever frames and pieces they came in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";
import { ItemBuffer } from "#internal/session/native/streams/item-buffer.js";
import { fc } from "../harness/properties.ts";

const encoder = new Encoder(portableText, defaultLimits);
const decoder = new Decoder(portableText, defaultLimits);

function bytesOf(values: readonly unknown[]): Uint8Array {
  const writer = new Writer();
  for (const value of values) encoder.value(writer, value, "item");
  return writer.slice();
}

function takeOne(buffer: ItemBuffer): unknown {
  const value = decoder.item(buffer.bytes, buffer.at, buffer.end);
  buffer.take(decoder.itemEnd);
  return value;
}

const items = fc.array(fc.oneof(fc.nat(), fc.string(), fc.array(fc.nat(), { maxLength: 3 })), {
  minLength: 1,
  maxLength: 6,
});
/** A frame of small items, or one item in pieces of so many bytes; and how many items are taken behind it. */
const frame = fc.record({
  items,
  piece: fc.option(fc.integer({ min: 1, max: 9 })),
  taken: fc.nat(8),
  owned: fc.boolean(),
});

test("items come out as they went in, whatever frames and pieces they came in and whenever they are taken", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
      const buffer = new ItemBuffer();
      const expected: unknown[] = [];
      let length = 0;
      for (const { items: values, piece, taken, owned } of frames) {
        if (piece === null) {
          const body = bytesOf(values);
          const padded = new Uint8Array(body.length + 7);
          padded.set(body, 3);
          buffer.add(padded, 3, 3 + body.length, owned, false);
          if (!owned) padded.fill(0xee);
          expected.push(...values);
          length += body.length;
        } else {
          const body = bytesOf([values]);
          for (let at = 0; at < body.length; at += piece) {
            const copy = body.slice(at, at + piece);
            buffer.add(copy, 0, copy.length, false, at + piece < body.length);
            assert.equal(buffer.partLength, at + piece < body.length ? at + piece : 0);
            copy.fill(0xee);
          }
          expected.push(values);
          length += body.length;
        }
        assert.equal(buffer.length, length);
        for (let count = 0; count < taken && buffer.length > 0; count++) {
          const before = buffer.length;
          assert.deepEqual(takeOne(buffer), expected.shift());
          length -= before - buffer.length;
        }
      }
      while (buffer.length > 0) assert.deepEqual(takeOne(buffer), expected.shift());
      assert.equal(expected.length, 0);
    }),
  );
});

test("frames of one byte each cost their bytes and little more", () => {
  const buffer = new ItemBuffer();
  const memories = new Set<ArrayBufferLike>();
  for (let count = 0; count < 100_000; count++) buffer.add(new Uint8Array([1]), 0, 1, false, false);
  let bytes = 0;
  while (buffer.length > 0) {
    if (!memories.has(buffer.bytes.buffer)) bytes += buffer.bytes.byteLength;
    memories.add(buffer.bytes.buffer);
    buffer.take(buffer.at + 1);
  }
  assert.ok(bytes < 200_000, `${bytes} bytes of memory`);
  assert.ok(memories.size < 100, `${memories.size} pieces of memory`);
});

test("an item in pieces holds the memory that came, and no room beside it that no limit counts", () => {
  const buffer = new ItemBuffer();
  const body = bytesOf([new Uint8Array(1_000_000)]);
  for (let at = 0; at < body.length; at += 70_000) {
    const piece = body.subarray(at, at + 70_000);
    buffer.add(piece, 0, piece.length, false, at + 70_000 < body.length);
  }
  assert.equal(buffer.length, body.length);
  assert.equal(buffer.bytes.buffer.byteLength, body.length);
});
