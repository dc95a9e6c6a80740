import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { Writer } from "#internal/codec/writer.js";
import { type Reason, UpcallError } from "#internal/errors.js";
import { defaultLimits } from "#internal/limits.js";
import { bytesOf, toValue, vectors } from "./notation.ts";
import { platforms } from "./platforms.ts";
import { assertSame } from "./same.ts";

const times = (hex: string, count: number): string => hex.repeat(count);
const hexOf = (text: string): string => Buffer.from(text).toString("hex");
const int64 = (n: bigint): string => BigInt.asUintN(64, n).toString(16).padStart(16, "0");

/** What it is, the bytes, the reason for which they are refused, the byte that is named. */
const refused: readonly (readonly [string, string, Reason, number?])[] = [
  ["no byte at all", "", "BAD_MESSAGE", 0],
  ["the byte that is never used", "c1", "BAD_MESSAGE", 0],
  ["an array of 2^32-1 without a body", "ddffffffff", "BAD_MESSAGE"],
  ["an array of 65535 without a body", "dcffff", "BAD_MESSAGE"],
  ["a map of 2^32-1 without a body", "dfffffffff", "BAD_MESSAGE"],
  ["a text of 2^32-1 without a body", "dbffffffff", "BAD_MESSAGE"],
  ["binary of 2^32-1 without a body", "c6ffffffff", "BAD_MESSAGE"],
  ["an extension of 2^32-1 without a body", "c9ffffffff02", "BAD_MESSAGE"],
  ["a bigint of 2^32-1 bytes without a body", "c9ffffffff01", "BAD_MESSAGE"],
  ["300 bytes of arrays that each declare 2^32-1", times("ddffffffff", 60), "BAD_MESSAGE", 5],
  ["300 bytes of maps that each declare 65535", times("deffff", 100), "BAD_MESSAGE", 3],
  ["60 arrays that each declare as many as there are bytes", times("dc00b0", 60), "BAD_MESSAGE"],
  ["as many nested empty-looking containers as bytes", times("9f", 60) + times("c0", 60), "BAD_MESSAGE"],
  ["depth 65 of arrays", `${times("91", 65)}c0`, "TOO_DEEP", 65],
  ["depth 65 of objects", `${times("81a161", 65)}c0`, "TOO_DEEP"],
  ["depth 65, the last one empty", `${times("91", 64)}90`, "TOO_DEEP"],
  ["depth 65, the last one a Map", `${times("91", 64)}c70002`, "TOO_DEEP"],
  ["depth 65 within an error's cause", `${times("91", 63)}c70e0581a5${hexOf("cause")}91c0`, "BAD_MESSAGE"],
  ["depth of 10 million arrays", times("91", 10_000_000), "TOO_DEEP", 65],
  ["depth of 10 million in Map keys", nestedKeys(200), "TOO_DEEP"],
  ["depth in a field of an error that is skipped", errorWith("other", `${times("91", 64)}c0`), "TOO_DEEP"],
  ["the key __proto__", `81a9${hexOf("__proto__")}80`, "BAD_MESSAGE", 2],
  ["the key __proto__ with a longer head", `81d909${hexOf("__proto__")}80`, "BAD_MESSAGE", 3],
  ["the key __proto__ nested", `9181a16181a9${hexOf("__proto__")}80`, "BAD_MESSAGE"],
  ["the key __proto__ in an error", errorWith("__proto__", "80"), "BAD_MESSAGE"],
  ["a number as a key", "810101", "BAD_MESSAGE", 1],
  ["nil as a key", "81c001", "BAD_MESSAGE", 1],
  ["an array as a key", "819001", "BAD_MESSAGE", 1],
  ["binary as a key", "81c40101c0", "BAD_MESSAGE", 1],
  ["bytes after the value", "c0c0", "BAD_MESSAGE", 1],
  ["invalid UTF-8: a continuation byte", "a180", "BAD_MESSAGE", 1],
  ["invalid UTF-8: cut", "a2e282", "BAD_MESSAGE", 1],
  ["invalid UTF-8: overlong", "a2c080", "BAD_MESSAGE", 1],
  ["invalid UTF-8: a surrogate", "a3eda080", "BAD_MESSAGE", 1],
  ["invalid UTF-8: beyond U+10FFFF", "a4f4908080", "BAD_MESSAGE", 1],
  ["invalid UTF-8 beside a real U+FFFD", "a4efbfbdff", "BAD_MESSAGE", 1],
  ["invalid UTF-8 in a long text", `d940${times("61", 63)}ff`, "BAD_MESSAGE", 2],
  ["invalid UTF-8 in a key", "81a1ff01", "BAD_MESSAGE", 2],
  ["uint 64 of 2^53", `cf${int64(2n ** 53n)}`, "BAD_MESSAGE", 1],
  ["uint 64 of 2^64-1", `cf${int64(2n ** 64n - 1n)}`, "BAD_MESSAGE", 1],
  ["int 64 of -2^53", `d3${int64(-(2n ** 53n))}`, "BAD_MESSAGE", 1],
  ["int 64 of -2^63", `d3${int64(-(2n ** 63n))}`, "BAD_MESSAGE", 1],
  ["int 64 of 2^63-1", `d3${int64(2n ** 63n - 1n)}`, "BAD_MESSAGE", 1],
  ["a date a second after the last", `c70cff00000000${int64(8_640_000_000_001n)}`, "BAD_MESSAGE"],
  ["a date a second before the first", `c70cff00000000${int64(-8_640_000_000_001n)}`, "BAD_MESSAGE"],
  ["a date of 2^63-1 seconds", `c70cff00000000${int64(2n ** 63n - 1n)}`, "BAD_MESSAGE"],
  ["a date with 10^9 nanoseconds", `c70cff3b9aca00${int64(0n)}`, "BAD_MESSAGE"],
  ["a date with 2^30-1 nanoseconds", "d7fffffffffc00000000", "BAD_MESSAGE"],
  ["a date of 5 bytes", "c705ff0000000000", "BAD_MESSAGE"],
  ["undefined of 2 bytes", "d5000000", "BAD_MESSAGE"],
  ["undefined of no byte", "c70000", "BAD_MESSAGE"],
  ["undefined that is not 00", "d40001", "BAD_MESSAGE"],
  ["an invalid date that is not 00", "d40601", "BAD_MESSAGE"],
  ["a bigint of no byte", "c70001", "BAD_MESSAGE"],
  ["a bigint with sign 02", "d5010201", "BAD_MESSAGE"],
  ["a bigint that is minus zero", "d40101", "BAD_MESSAGE"],
  ["a bigint with a leading zero", "d501000000", "BAD_MESSAGE"],
  ["a bigint of a million bytes", `c9000f42410100${times("ff", 1_000_000)}`, "TOO_LARGE"],
  ["a typed array of no byte", "c70004", "BAD_MESSAGE"],
  ["a typed array of an unknown element", "d4040c", "BAD_MESSAGE"],
  ["a typed array that ends within an element", "d604090000", "BAD_MESSAGE"],
  ["a Float64Array of 9 bytes", `c70a0409${times("00", 9)}`, "BAD_MESSAGE"],
  ["an unknown extension", "d40700", "BAD_MESSAGE", 1],
  ["the unknown extension -128", "d48000", "BAD_MESSAGE", 1],
  ["a Map with a key and no value", "c7010201", "BAD_MESSAGE"],
  ["a Map whose value goes on behind its end", "c7020201a16100", "BAD_MESSAGE"],
  ["a Map with a key twice", "c7040201c001c0", "BAD_MESSAGE"],
  ["a Set with a value twice", "c702030101", "BAD_MESSAGE"],
  ["a Set whose array declares what stands behind its end", "92c7010391c0c0", "BAD_MESSAGE"],
  ["an error that is no map", "d405c0", "BAD_MESSAGE"],
  ["an error of no byte", "c70005", "BAD_MESSAGE"],
  ["an error without a name", "d40580", "BAD_MESSAGE"],
  ["an error whose code is a number", errorWith("code", "01"), "BAD_MESSAGE"],
  ["an error whose errors are a text", errorWith("errors", "a161"), "BAD_MESSAGE"],
  ["an error with bytes behind its map", `c713${errorBody("a161", "01").slice(2)}c0`, "BAD_MESSAGE"],
  ["65536 nulls and their array", `dd00010000${times("c0", 65536)}`, "TOO_MANY"],
  ["65536 nulls in a Set", `c90001000003${times("c0", 65536)}`, "BAD_MESSAGE"],
  ["32768 keys and values and their map", `de8000${times("a0c0", 32768)}`, "TOO_MANY"],
];

/** Extensions in extensions, each the key of the one before. */
function nestedKeys(count: number): string {
  let hex = "c0";
  for (let i = 0; i < count; i++) hex = `c9${(hex.length / 2 + 1).toString(16).padStart(8, "0")}02${hex}c0`;
  return hex;
}

function errorBody(key: string, value: string): string {
  return `0583a4${hexOf("name")}a0a7${hexOf("message")}a0${key}${value}`;
}

/** A whole error with one field more. */
function errorWith(key: string, value: string): string {
  const body = errorBody((0xa0 + key.length).toString(16) + hexOf(key), value);
  return `c8${(body.length / 2 - 1).toString(16).padStart(4, "0")}${body}`;
}

const descriptors = (): unknown =>
  [Object.prototype, Array.prototype, Map.prototype, Error.prototype].map(Object.getOwnPropertyDescriptors);

for (const [platform, text] of platforms) {
  const decoder = new Decoder(text, defaultLimits);
  const encoder = new Encoder(text, defaultLimits);
  const decode = (hex: string): unknown => {
    const bytes = Buffer.from(hex, "hex");
    return decoder.value(bytes, 0, bytes.length);
  };

  for (const [name, hex, reason, at] of refused) {
    test(`with ${platform}, refused: ${name}`, () => {
      assert.throws(
        () => decode(hex),
        (error) => {
          assert.ok(error instanceof UpcallError, String(error));
          assert.deepEqual(
            [error.code, error.reason, error.outcome],
            ["INVALID_ARGUMENT", reason, "not-executed"],
            error.message,
          );
          if (at !== undefined) assert.match(error.message, new RegExp(`at byte ${at},`));
          return true;
        },
      );
    });
  }

  test(`with ${platform}, at the limits and not over them`, () => {
    decode(`${times("91", 64)}c0`);
    decode(`${times("91", 63)}c70002`);
    decode(`dcffff${times("c0", 65535)}`);
    decode(errorWith("other", `${times("91", 63)}c0`));
    assertSame(decode(`de7fff${times("a0c0", 32767)}`), { "": null });
    assertSame(decode(`cf${int64(2n ** 53n - 1n)}`), 2 ** 53 - 1);
    assertSame(decode(`d3${int64(1n - 2n ** 53n)}`), 1 - 2 ** 53);
  });

  test(`with ${platform}, longer heads than needed, float 32 and nanoseconds of other senders are read`, () => {
    assertSame(decode("ca3fc00000"), 1.5);
    assertSame(decode("cf0000000000000005"), 5);
    assertSame(decode("d3ffffffffffffffff"), -1);
    assertSame(decode("d0ff"), -1);
    assertSame(decode("d1ffff"), -1);
    assertSame(decode("db0000000161"), "a");
    assertSame(decode("dd00000001c0"), [null]);
    assertSame(decode("df00000001db0000000161c0"), { a: null });
    assertSame(decode("c60000000101"), Uint8Array.of(1));
    assertSame(decode("c9000000010000"), undefined);
    assertSame(decode(`c70cff001e847f${int64(-1n)}`), new Date(-999));
    assertSame(decode("82a16101a16102"), { a: 2 });
  });

  test(`with ${platform}, every cut of every golden message is refused as a bad message`, () => {
    for (const { name, hex } of vectors) {
      const bytes = bytesOf(hex);
      const step = Math.max(1, Math.floor(bytes.length / 300));
      for (let end = 0; end < bytes.length; end += step) {
        // The bytes behind the cut are there, and must not be read.
        assert.throws(() => decoder.value(bytes, 0, end), { reason: /BAD_MESSAGE|TOO_MANY/ }, `${name} cut to ${end}`);
      }
    }
  });

  test(`with ${platform}, a rich message cut at every byte`, () => {
    const rich = vectors.filter(({ hex }) => bytesOf(hex).length < 300).map(({ value }) => toValue(value));
    const writer = new Writer();
    encoder.list(writer, rich, "arguments");
    assertSame(decoder.list(writer.bytes, 0, writer.position), rich);
    for (let end = 0; end < writer.position; end++) {
      assert.throws(() => decoder.list(writer.bytes, 0, end), { reason: "BAD_MESSAGE" });
    }
  });

  test(`with ${platform}, random and mutated bytes give a value or an UpcallError, and change no prototype`, () => {
    const before = descriptors();
    const golden = vectors.map(({ hex }) => bytesOf(hex)).filter((bytes) => bytes.length < 400);
    const mutated = fc
      .tuple(
        fc.constantFrom(...golden),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 }),
      )
      .map(([bytes, changes]) => {
        const copy = bytes.slice();
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), mutated), (bytes) => {
        let value: unknown;
        try {
          value = decoder.value(bytes, 0, bytes.length);
        } catch (error) {
          assert.ok(error instanceof UpcallError, String(error));
          assert.equal(error.outcome, "not-executed");
          return;
        }
        // What was decoded is a value we can send, and it comes back the same.
        const writer = new Writer();
        encoder.value(writer, value, "value");
        assertSame(decoder.value(writer.bytes, 0, writer.position), value);
      }),
      { numRuns: 5000 },
    );
    assert.deepEqual(descriptors(), before);
  });
}

const [[, text]] = platforms as [(typeof platforms)[0]];

test("a list must be an array, and only one", () => {
  const decoder = new Decoder(text, defaultLimits);
  for (const hex of ["", "c0", "80", "a0", "9000", "91", "dc"]) {
    const bytes = Buffer.from(hex, "hex");
    assert.throws(() => decoder.list(bytes, 0, bytes.length), { reason: "BAD_MESSAGE" }, hex);
  }
});

test("a range outside of the bytes is refused and not read", () => {
  const decoder = new Decoder(text, defaultLimits);
  for (const [start, end] of [
    [0, 2],
    [-1, 1],
    [1, 0],
    [Number.NaN, 1],
  ] as const) {
    assert.throws(() => decoder.value(Uint8Array.of(0xc0), start, end), { reason: "BAD_MESSAGE" });
  }
});

test("where more depth is allowed than the stack has, the error is still one of ours", () => {
  const decoder = new Decoder(text, { ...defaultLimits, depth: 1e9, nodes: 1e9 });
  const bytes = new Uint8Array(1_000_000).fill(0x91);
  assert.throws(() => decoder.value(bytes, 0, bytes.length), { name: "UpcallError", reason: "TOO_DEEP" });
});

test("bigints at the limit of digits and one over it", () => {
  const few = { ...defaultLimits, bigintDigits: 20 };
  const wide = new Encoder(text, defaultLimits);
  const decoder = new Decoder(text, few);
  for (const [value, fits] of [
    [10n ** 20n - 1n, true],
    [10n ** 20n, false],
    [1n - 10n ** 20n, true],
    [-(10n ** 20n), false],
    [2n ** 80n, false],
  ] as const) {
    const writer = new Writer();
    wide.value(writer, value, "value");
    const decode = (): unknown => decoder.value(writer.bytes, 0, writer.position);
    if (fits) assert.equal(decode(), value);
    else assert.throws(decode, { reason: "TOO_LARGE" });
  }
});

test("setters and frozen properties of Object.prototype are not met by decoding", () => {
  const decoder = new Decoder(text, defaultLimits);
  const bytes = Buffer.from(`82a6${hexOf("poison")}01a8${hexOf("toString")}02`, "hex");
  let met = false;
  const meet = (): void => {
    met = true;
  };
  Object.defineProperty(Object.prototype, "poison", { set: meet, configurable: true });
  try {
    assert.deepEqual(Object.entries(decoder.value(bytes, 0, bytes.length) as object), [
      ["poison", 1],
      ["toString", 2],
    ]);
  } finally {
    Reflect.deleteProperty(Object.prototype, "poison");
  }
  assert.equal(met, false);
});

test("ten thousand different keys, and keys that share a slot, are each themselves", () => {
  const decoder = new Decoder(text, defaultLimits);
  const encoder = new Encoder(text, defaultLimits);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 100; i++) {
      const value = Object.fromEntries(Array.from({ length: 100 }, (_, k) => [`k${i}x${k}${"y".repeat(k % 30)}`, k]));
      const writer = new Writer();
      encoder.value(writer, { ...value, axc: 1, abc: 2, ayc: 3, cxa: 4 }, "value");
      assertSame(decoder.value(writer.bytes, 0, writer.position), { ...value, axc: 1, abc: 2, ayc: 3, cxa: 4 });
    }
  }
});
