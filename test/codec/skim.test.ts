// The reader of upcall's own frames: it reads the fields that are asked for, and skips everything else without making
// it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder } from "#internal/codec/decode.js";
import { Skim } from "#internal/codec/skim.js";
import { portableText } from "#internal/codec/utf8.js";
import { UpcallError } from "#internal/errors.js";
import { defaultLimits } from "#internal/limits.js";
import { namesIn } from "#internal/session/native/handshake/announced.js";
import { readGreeting, readWelcome } from "#internal/session/native/handshake/greeting.js";
import { releasedIn } from "#internal/session/native/input/released.js";
import { bodyOf } from "../harness/stranger.ts";
import { bytesOf, vectors } from "./notation.ts";
import { refused, times } from "./strangers.ts";

const skim = new Skim(portableText);
const badMessage = (error: unknown): boolean => error instanceof UpcallError && error.reason === "BAD_MESSAGE";
const skipped = (bytes: Uint8Array): void => skim.whole(bytes, 0, bytes.length, (one) => one.skip());

test("every value that there is can be stepped over, and nothing that ends within it", () => {
  for (const { name, hex } of vectors) {
    const bytes = bytesOf(hex);
    skipped(bytes);
    if (bytes.length > 5_000) continue;
    for (let end = 0; end < bytes.length; end++)
      assert.throws(() => skipped(bytes.subarray(0, end)), badMessage, `${name}, cut at ${end}`);
    assert.throws(() => skipped(Uint8Array.of(...bytes, 0xc0)), badMessage, `${name} and more`);
  }
});

test("what no decoder takes is stepped over or refused, and never hangs or overflows", () => {
  for (const [, hex] of refused) {
    const bytes = Buffer.from(hex, "hex");
    try {
      skipped(bytes);
    } catch (error) {
      assert.ok(badMessage(error), String(error));
    }
  }
  const deep = Buffer.from(`${times("91", 200_000)}c0`, "hex");
  skipped(deep);
});

test("numbers and strings are those that the decoder gives; what is another type is stepped over", () => {
  const decoder = new Decoder(portableText, defaultLimits);
  for (const { hex } of vectors) {
    const bytes = bytesOf(hex);
    if (bytes.length > 5_000) continue;
    let value: unknown;
    try {
      value = decoder.value(bytes, 0, bytes.length);
    } catch {
      continue;
    }
    const whole = <T>(read: (one: Skim) => T): T => skim.whole(bytes, 0, bytes.length, read);
    assert.ok(
      Object.is(
        whole((one) => one.number()),
        typeof value === "number" ? value : null,
      ),
    );
    assert.equal(
      whole((one) => one.text(100)),
      typeof value === "string" && value.length <= 100 ? value : null,
    );
    const sixteen = value instanceof Uint8Array && value.constructor === Uint8Array && value.length === 16;
    assert.equal(whole((one) => one.binary(16)) !== null, sixteen);
  }
});

/** Values that a decoder would take long to make, or not make at all. */
const dear: readonly (readonly [string, string])[] = [
  ["a Set of numbers", `c8ffff03${times("cd1234", 21_845)}`],
  ["arrays in each other", `${times("91", 10_000)}c0`],
  ["a map of many keys", `de4000${times("a161c0", 0x4000)}`],
  ["an unknown extension", "c70363010203"],
  ["bytes that are no UTF-8", "a2ffff"],
  ["a key that is no string", "8101c0"],
];

for (const [name, hex] of dear) {
  test(`a stranger's ${name} in a greeting, a welcome and an announcement is not made`, () => {
    const value = Buffer.from(hex, "hex");
    const later = (fields: Record<string, unknown>): Uint8Array => {
      const known = bodyOf(fields);
      const head = 0x80 | (Object.keys(fields).length + 1);
      return Buffer.concat([Uint8Array.of(head), Buffer.from("a56c61746572", "hex"), value, known.subarray(1)]);
    };
    const greeting = later({ session: new Uint8Array(16), interfaces: [["I", [["m", "call"]]]], token: "t" });
    assert.deepEqual(
      skim.whole(greeting, 0, greeting.length, (one) => readGreeting(one, 10)),
      {
        names: [["I", "m"]],
        session: new Uint8Array(16),
        taken: { calls: 1, message: 1, features: [] },
        token: "t",
      },
    );
    const welcome = later({ limits: { calls: 7, message: 9 } });
    assert.deepEqual(skim.whole(welcome, 0, welcome.length, readWelcome), {
      calls: 7,
      message: 9,
      features: [],
      instance: "",
    });
    const announced = Buffer.concat([Buffer.from("9193a1499192a16d", "hex"), value, value]);
    assert.deepEqual(
      skim.whole(announced, 0, announced.length, (one) => namesIn(one, 10)),
      [["I", "m"]],
    );
    assert.throws(() => skim.whole(value, 0, value.length, releasedIn), UpcallError);
  });
}

test("no more methods are read than may be announced, and no more numbers than a release holds", () => {
  const many = bodyOf([["I", Array.from({ length: 11 }, (_, i) => [`m${i}`, "call"])]]);
  assert.throws(() => skim.whole(many, 0, many.length, (one) => namesIn(one, 10)), { reason: "TOO_MANY" });
  const released = Buffer.from(`dd00010000${times("01", 65_536)}`, "hex");
  assert.throws(() => skim.whole(released, 0, released.length, releasedIn), { reason: "BAD_FRAME" });
});
