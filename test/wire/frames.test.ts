// The native wire: frames are read the same however their bytes are split, and the golden bytes of
// docs/vectors/frames.json.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits } from "upcall";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { flag, headerLength, kind, putHeader, putPreface } from "#internal/wire/native/frame.js";
import { FrameReader } from "#internal/wire/native/reader.js";
import { toValue } from "../codec/notation.ts";
import { fc } from "../harness/properties.ts";
import { assertSame } from "../harness/same.ts";
import { type Frame, keep } from "../harness/stranger.ts";
import { bytesOf, type FrameVector, fromHex, preface, toHex, vectors } from "./vectors.ts";

const encoder = new Encoder(portableText, defaultLimits);
const decoder = new Decoder(portableText, defaultLimits);

/** Feeds chunks to a reader and gives the frames that came out. */
function read(chunks: readonly Uint8Array[]): Frame[] {
  const reader = new FrameReader(1024 * 1024);
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    const copy = new Uint8Array(chunk);
    reader.push(copy, { frame: (header, bytes, start, end) => keep(frames, header, bytes, start, end) });
    // The transport uses its memory again.
    copy.fill(0xee);
  }
  return frames;
}

test("the first bytes of a connection", () => {
  const bytes = new Uint8Array(5);
  assert.equal(putPreface(bytes, 0), 5);
  assert.deepEqual(bytes, preface);
});

/** Arguments and results may be handles. */
function bodyIn({ frame }: FrameVector, bytes: Uint8Array): unknown {
  if (frame.kind === kind.call) return decoder.list(bytes, 0, bytes.length, false, true);
  return decoder.value(bytes, 0, bytes.length, false, true);
}

for (const vector of vectors) {
  test(`golden bytes: ${vector.name}`, () => {
    const writer = new Writer(1);
    if ("body" in vector) encoder.value(writer, toValue(vector.body), "body");
    const body = vector.piece === undefined ? writer.slice() : fromHex(vector.piece);
    const header = new Uint8Array(headerLength);
    const { kind, flags, method, call, remaining } = vector.frame;
    putHeader(new DataView(header.buffer), 0, body.length, kind, flags, method, call, remaining);
    assert.equal(toHex(header), vector.header);
    assert.equal(toHex(body), vector.bytes);

    const [frame, ...others] = read([preface, bytesOf(vector)]);
    assert.ok(frame !== undefined && others.length === 0);
    const { body: bytes, ...fields } = frame;
    assert.deepEqual(fields, vector.frame);
    if ("body" in vector) assertSame(bodyIn(vector, bytes), toValue(vector.body));
    else assert.equal(toHex(bytes), vector.bytes);
  });
}

const all = Buffer.concat([preface, ...vectors.map(bytesOf)]);
const whole = read([all]);

test("all frames in one chunk", () => {
  assert.deepEqual(
    whole.map(({ body, ...fields }) => [fields, toHex(body)]),
    vectors.map((vector) => [vector.frame, vector.bytes]),
  );
});

test("the same frames come out wherever the bytes are split once", () => {
  for (let at = 0; at <= all.length; at++) assert.deepEqual(read([all.subarray(0, at), all.subarray(at)]), whole);
});

test("the same frames come out of segments of one byte", () => {
  assert.deepEqual(read(Array.from(all, (byte) => Uint8Array.of(byte))), whole);
});

test("the same frames come out however the bytes are split", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 20 }), (points) => {
      const sorted = [0, ...points.toSorted((a, b) => a - b), all.length];
      const chunks = sorted.slice(1).map((end, i) => all.subarray(sorted[i], end));
      assert.deepEqual(read(chunks), whole);
    }),
  );
});

test("a frame that was cut is put together in as much memory as it needs, and never in more than twice what arrived", () => {
  const length = 64 * 1024;
  const frame = new Uint8Array(headerLength + length);
  putHeader(new DataView(frame.buffer), 0, length, kind.call, 0, 1, 1, 0);
  const held = (...cuts: number[]): number[] => {
    const reader = new FrameReader(length);
    reader.push(preface, { frame: () => true });
    return [0, ...cuts].map((from, i) => {
      reader.push(frame.slice(from, cuts[i]), { frame: () => true });
      return reader.held;
    });
  };
  assert.deepEqual(held(40_000), [frame.length, 0]);
  assert.deepEqual(held(20_000, 50_000), [40_000, frame.length, 0]);
  assert.deepEqual(held(headerLength), [64, 0]);
});

/** The same with pieces given as they come; those of one frame are put together again. */
function readParts(chunks: readonly Uint8Array[]): { frames: Frame[]; parts: number; held: number } {
  const reader = new FrameReader(1024 * 1024);
  reader.parts = true;
  const frames: Frame[] = [];
  let parts = 0;
  let held = 0;
  for (const chunk of chunks) {
    const copy = new Uint8Array(chunk);
    reader.push(copy, {
      frame: (header, bytes, start, end) => {
        const { continued } = header;
        const [last] = continued ? frames.splice(-1) : [];
        keep(frames, header, bytes, start, end);
        if (!continued) return true;
        parts++;
        const { body, ...fields } = frames.pop() as Frame;
        const { body: before, ...same } = last as Frame;
        assert.deepEqual(fields, same);
        frames.push({ ...fields, body: Buffer.concat([before, body]) });
        return true;
      },
    });
    copy.fill(0xee);
    held = Math.max(held, reader.held);
  }
  return { frames: frames.map((frame) => ({ ...frame, body: new Uint8Array(frame.body) })), parts, held };
}

test("pieces that are given as they come are the same bytes, however they are split", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 40 }), (points) => {
      const sorted = [0, ...points.toSorted((a, b) => a - b), all.length];
      const chunks = sorted.slice(1).map((end, i) => all.subarray(sorted[i], end));
      assert.deepEqual(readParts(chunks).frames, whole);
    }),
  );
  const bytes = readParts(Array.from(all, (byte) => Uint8Array.of(byte)));
  assert.deepEqual(bytes.frames, whole);
  assert.ok(bytes.parts > 0, "no frame was given in parts");
});

test("of a long piece that is given as it comes nothing is held, and a whole message is", () => {
  const long = (flags: number): Uint8Array => {
    const frame = new Uint8Array(headerLength + 100_000);
    putHeader(new DataView(frame.buffer), 0, 100_000, kind.call, flags, 1, 7, 0);
    return frame;
  };
  const chunksOf = (bytes: Uint8Array): Uint8Array[] =>
    Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) => bytes.subarray(i * 1000, (i + 1) * 1000));
  const piece = readParts([preface, ...chunksOf(long(flag.more))]);
  assert.ok(piece.parts > 90 && piece.held <= 64, `${piece.parts} parts, ${piece.held} bytes held`);
  const message = readParts([preface, ...chunksOf(long(0))]);
  assert.ok(message.parts === 0 && message.held >= 100_000, `${message.parts} parts, ${message.held} bytes held`);
  for (const { frames } of [piece, message]) assert.equal(frames[0]?.body.length, 100_000);
});

test("a sink that wants no more in the middle of a piece is given no more", () => {
  const reader = new FrameReader(1024);
  reader.parts = true;
  let seen = 0;
  const sink = { frame: () => ++seen < 2 };
  const frame = new Uint8Array(headerLength + 300);
  putHeader(new DataView(frame.buffer), 0, 300, kind.reply, flag.more, 1, 7, 0);
  reader.push(preface, sink);
  reader.push(frame.subarray(0, 50), sink);
  reader.push(Buffer.concat([frame.subarray(50, 100), frame]), sink);
  assert.equal(seen, 2);
  assert.equal(reader.held, 0);
});

test("any header field survives its four bytes", () => {
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 0xffff }),
      u32,
      u32,
      (kind, method, call, remaining) => {
        const header = new Uint8Array(headerLength);
        putHeader(new DataView(header.buffer), 0, 0, kind, 0xdf, method, call, remaining);
        assert.deepEqual(read([preface, header]), [
          { kind, flags: 0xdf, method, call, remaining, body: new Uint8Array(0) },
        ]);
      },
    ),
  );
});

test("a sink that wants no more is given no more, and the rest is not kept", () => {
  const reader = new FrameReader(1024);
  let seen = 0;
  reader.push(all, {
    frame: () => {
      seen++;
      return false;
    },
  });
  assert.equal(seen, 1);
  assert.equal(reader.held, 0);
});

test("100,000 frames in one chunk are read in one go", () => {
  const one = bytesOf(vectors.find(({ name }) => name === "ping") ?? assert.fail());
  const many = new Uint8Array(preface.length + 100_000 * one.length);
  many.set(preface);
  for (let i = 0; i < 100_000; i++) many.set(one, preface.length + i * one.length);
  const reader = new FrameReader(1024);
  let seen = 0;
  reader.push(many, {
    frame: () => {
      seen++;
      return true;
    },
  });
  assert.equal(seen, 100_000);
});
