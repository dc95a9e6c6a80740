// The codec's handles: what stands for a reference, a callback or a stream beside values is read where it is allowed,
// and refused elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { Handle, handleKind } from "#internal/codec/handle.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";
import { assertSame } from "../harness/same.ts";
import { platforms } from "./platforms.ts";
import { errorWith } from "./strangers.ts";

const handle = "c705070000000001";
/** Handles in every kind of container, and deeper than one. */
const deeper: readonly (readonly [string, string])[] = [
  ["in an array", `91${handle}`],
  ["in an array in an array", `9191${handle}`],
  ["in an object", `81a161${handle}`],
  ["as a key of a Map", `c70902${handle}c0`],
  ["as a value of a Map", `c70902c0${handle}`],
  ["in a Set", `c70803${handle}`],
  ["as an error's cause", errorWith("cause", handle)],
  ["among an error's errors", errorWith("errors", `91${handle}`)],
];
/** Payloads that are no handle. */
const wrong: readonly (readonly [string, string])[] = [
  ["of no byte", "c70007"],
  ["of 1 byte", "d40700"],
  ["of 4 bytes", "d60700000001"],
  ["of 6 bytes", "c706070000000001ff"],
  ["of 8 bytes", "d7070000000100000000"],
  ["of 2^32-1 bytes that are not there", "c9ffffffff07"],
  ["of kind 3", "c705070300000001"],
  ["of kind 255", "c70507ff00000001"],
];

for (const [platform, text] of platforms) {
  const decoder = new Decoder(text, defaultLimits);
  const encoder = new Encoder(text, defaultLimits);
  const value = (hex: string, handles: boolean): unknown => {
    const bytes = Buffer.from(hex, "hex");
    return decoder.value(bytes, 0, bytes.length, false, handles);
  };
  const list = (hex: string, handles: boolean): unknown => {
    const bytes = Buffer.from(hex, "hex");
    return decoder.list(bytes, 0, bytes.length, false, handles);
  };

  test(`with ${platform}, handles of every kind beside values are read where they are allowed`, () => {
    const values = [
      new Handle(handleKind.mine, 0),
      1,
      new Handle(handleKind.yours, 0xffff_ffff),
      [{}],
      new Handle(handleKind.stream, 7),
    ];
    const writer = new Writer(1);
    encoder.list(writer, values, "arguments");
    assertSame(decoder.list(writer.bytes, 0, writer.position, false, true), values);
    // A longer head than needed is read as well.
    assertSame(value("c80005070000000001", true), new Handle(handleKind.mine, 1));
  });

  test(`with ${platform}, no handle is read where none is allowed, also after one was`, () => {
    assertSame(value(handle, true), new Handle(handleKind.mine, 1));
    assert.throws(() => value(handle, false), { reason: "BAD_MESSAGE", outcome: "not-executed" });
    assertSame(list(`91${handle}`, true), [new Handle(handleKind.mine, 1)]);
    assert.throws(() => list(`91${handle}`, false), {
      reason: "BAD_MESSAGE",
      message: /no object, function or stream/,
    });
  });

  for (const [where, hex] of deeper) {
    test(`with ${platform}, a handle ${where} is refused even where one is allowed`, () => {
      assert.throws(() => value(hex, true), { reason: "BAD_MESSAGE", message: /no object, function or stream/ });
      assert.throws(() => list(`92c0${hex}`, true), {
        reason: "BAD_MESSAGE",
        message: /no object, function or stream/,
      });
    });
  }

  for (const [what, hex] of wrong) {
    test(`with ${platform}, a handle ${what} is refused`, () => {
      assert.throws(() => value(hex, true), { code: "INVALID_ARGUMENT", reason: "BAD_MESSAGE" });
      assert.throws(() => list(`91${hex}`, true), { code: "INVALID_ARGUMENT", reason: "BAD_MESSAGE" });
    });
  }

  test(`with ${platform}, what cannot be sent beside a handle is blamed itself`, () => {
    const values = [new Handle(handleKind.mine, 1), { go: () => 1 }];
    assert.throws(() => encoder.list(new Writer(), values, "arguments"), { message: /arguments\[1\]\.go/ });
  });
}
