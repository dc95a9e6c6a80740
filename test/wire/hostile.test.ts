// The native wire and hostile input: lengths, flags, kinds, versions and first bytes that are wrong, and memory that is
// held for them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UpcallError } from "upcall";
import { headerLength, kind, prefaceLength } from "#internal/wire/native/frame.js";
import { FrameReader } from "#internal/wire/native/reader.js";
import { type Frame, frameOf, type Header, keep, prefaceBytes } from "../harness/stranger.ts";

const longest = 1000;
const preface = prefaceBytes();

function read(...chunks: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader(longest);
  for (const chunk of chunks)
    reader.push(chunk, { frame: (header, bytes, start, end) => keep(frames, header, bytes, start, end) });
  return frames;
}

function refusal(...chunks: readonly Uint8Array[]): UpcallError {
  try {
    read(...chunks);
  } catch (error) {
    assert.ok(error instanceof UpcallError);
    return error;
  }
  return assert.fail("it was read");
}

function declaring(length: number, header: Header = {}): Uint8Array {
  return frameOf(5, { ...header, length });
}

test("a frame of no length is a frame", () => {
  assert.equal(read(preface, declaring(0)).length, 1);
});

test("a frame at the limit is read, one byte more is refused by its header alone", () => {
  assert.equal(read(preface, frameOf(5, {}, new Uint8Array(longest))).length, 1);
  for (const length of [longest + 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
    const error = refusal(preface, declaring(length));
    assert.equal(error.reason, "BAD_FRAME");
    assert.match(error.message, new RegExp(`declares ${length} bytes; the limit is ${longest}`));
  }
});

test("a declared length is refused as soon as its header is whole, in whatever segments it comes", () => {
  const bytes = new Uint8Array([...preface, ...declaring(longest + 1)]);
  const reader = new FrameReader(longest);
  const sink = { frame: () => true };
  for (const byte of bytes.subarray(0, -1)) reader.push(Uint8Array.of(byte), sink);
  assert.throws(() => reader.push(bytes.subarray(-1), sink), { reason: "BAD_FRAME" });
});

test("flags: each is known; one that changes how a body is read is refused on kinds that have no such body", () => {
  for (const flags of [0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x0f, 0x10, 0x20, 0x40, 0x4f, 0x80, 0xff])
    for (const frameKind of [kind.call, kind.reply, kind.failure])
      assert.equal(read(preface, frameOf(frameKind, { flags })).length, 1);
  for (const flags of [0x20, 0x21, 0x6f, 0xa0, 0xff])
    for (const frameKind of [
      kind.greeting,
      kind.welcome,
      kind.refusal,
      kind.announce,
      kind.ping,
      kind.item,
      kind.length,
    ])
      assert.equal(refusal(preface, frameOf(frameKind, { flags })).reason, "BAD_FRAME");
  for (const frameKind of [19, 31, 200]) assert.equal(read(preface, frameOf(frameKind, { flags: 0xa0 })).length, 1);
});

test("kinds are not the reader's business: each is given on", () => {
  for (const any of [0, 17, 255]) assert.equal(read(preface, frameOf(any))[0]?.kind, any);
});

test("first bytes that are wrong at any place are refused there", () => {
  for (let at = 0; at < 4; at++) {
    const bytes = preface.slice();
    bytes[at] = (bytes[at] ?? 0) ^ 0x01;
    assert.equal(refusal(bytes.subarray(0, at + 1)).reason, "BAD_GREETING");
    assert.equal(refusal(bytes).reason, "BAD_GREETING");
  }
});

test("other versions are refused, and both are named", () => {
  for (const version of [0, 2, 255]) {
    const error = refusal(Uint8Array.of(...preface.subarray(0, 4), version));
    assert.equal(error.reason, "BAD_VERSION");
    assert.match(error.message, new RegExp(`speaks version ${version} .* speaks version 1`));
  }
});

const strangers: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ["TLS", Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01), /look like TLS; use a tls: URL/],
  ["HTTP/1.1", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", /HTTP request/],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /HTTP request/],
  ["a POST", "POST /rpc HTTP/1.1\r\n", /HTTP request/],
  ["a web server's answer", "HTTP/1.1 400 Bad Request\r\n", /the other side is a web server/],
  ["SSH", "SSH-2.0-OpenSSH_9.6\r\n", /look like SSH/],
  ["netcat", "hello\n", /plain wire/],
  ["zeroes", new Uint8Array(20), /00 00 00 .*something else/],
];

for (const [name, first, text] of strangers) {
  test(`the message says what the first bytes look like: ${name}`, () => {
    const bytes = typeof first === "string" ? new TextEncoder().encode(first) : first;
    const error = refusal(bytes);
    assert.equal(error.reason, "BAD_GREETING");
    assert.match(error.message, text);
    assert.ok(error.message.length < 300);
  });
}

test("memory is held for bytes that came, whatever length is declared", () => {
  const reader = new FrameReader(100 * 1024 * 1024);
  const sink = { frame: () => true };
  reader.push(new Uint8Array([...preface, ...frameOf(5, { length: 100 * 1024 * 1024 })]), sink);
  assert.ok(reader.held <= 64, `${reader.held}`);
  let came = headerLength;
  for (let i = 0; i < 200; i++) {
    reader.push(new Uint8Array(1000), sink);
    came += 1000;
    assert.ok(reader.held <= 2 * came, `${reader.held} for ${came}`);
  }
});

test("the memory of a long frame is let go when it was read", () => {
  const reader = new FrameReader(1024 * 1024);
  const sink = { frame: () => true };
  const long = frameOf(5, {}, new Uint8Array(500_000));
  reader.push(preface, sink);
  reader.push(long.subarray(0, 300_000), sink);
  reader.push(long.subarray(300_000), sink);
  assert.equal(reader.held, 0);
  assert.equal(prefaceLength, 5);
});
