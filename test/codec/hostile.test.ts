// The decoder with hostile input: bytes that are not valid MessagePack, cut or random messages, and limits of depth,
// length and count. It gives a value or one of our errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { Writer } from "#internal/codec/writer.js";
import { UpcallError } from "#internal/errors.js";
import { defaultLimits } from "#internal/limits.js";
import { fc, runs } from "../harness/properties.ts";
import { assertSame } from "../harness/same.ts";
import { bytesOf, toValue, vectors } from "./notation.ts";
import { platforms } from "./platforms.ts";
import { errorWith, hexOf, int64, refused, times } from "./strangers.ts";

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
    decode(`${times("91", 62)}c7040891a161c0`);
    decode(`c9000055580891a161${times("c0", 21845)}`);
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
    assertSame(decode("c7040891a16101"), [{ a: 1 }]);
    assertSame(decode("c90000000b08dc0001d90161cd00010203"), [{ a: 1 }, { a: 2 }, { a: 3 }]);
  });

  test(`with ${platform}, every cut of every golden message is refused as a bad message`, () => {
    for (const { name, hex } of vectors) {
      const bytes = bytesOf(hex);
      const step = Math.max(1, Math.floor(bytes.length / 300));
      for (let end = 0; end < bytes.length; end += step) {
        // The bytes behind the cut are there, and must not be read.
        assert.throws(
          () => decoder.value(bytes, 0, end, false, true),
          { reason: /BAD_MESSAGE|TOO_MANY/ },
          `${name} cut to ${end}`,
        );
      }
    }
  });

  test(`with ${platform}, a rich message cut at every byte`, () => {
    const rich = vectors.filter(({ hex }) => bytesOf(hex).length < 300).map(({ value }) => toValue(value));
    const writer = new Writer();
    encoder.list(writer, rich, "arguments");
    assertSame(decoder.list(writer.bytes, 0, writer.position, false, true), rich);
    for (let end = 0; end < writer.position; end++) {
      assert.throws(() => decoder.list(writer.bytes, 0, end, false, true), { reason: "BAD_MESSAGE" });
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
      runs(5000),
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
  assert.throws(() => decoder.value(Uint8Array.of(0xa2, 0x61), 0, 3), { reason: "BAD_MESSAGE" });
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
    // Twice: the second time the keys may come from the cache.
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(Object.entries(decoder.value(bytes, 0, bytes.length) as object), [
        ["poison", 1],
        ["toString", 2],
      ]);
    }
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
