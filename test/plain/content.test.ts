// The plain wire: text and bytes as messages are what the codec makes of the same values, without its heads.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { UpcallError } from "upcall";
import { Writer } from "#internal/codec/writer.js";
import { messageOf, valueIn } from "#internal/session/plain/content.js";
import { fc } from "../harness/properties.ts";
import { newEndpoint } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

const endpoint = newEndpoint(new VirtualClock());
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

/** What the codec says of a text that it refuses. */
function refusedByCodec(text: string): string {
  try {
    endpoint.encoder.value(new Writer(), text, "result");
  } catch (error) {
    return (error as UpcallError).message;
  }
  return "it is taken";
}

suite("plain messages and values", () => {
  test("a text is its bytes in UTF-8, and comes back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (text) => {
        const message = messageOf(endpoint, "text", text, "result");
        assert.ok(message !== null);
        assert.deepEqual(message, new Uint8Array(Buffer.from(text)));
        assert.equal(valueIn(endpoint, "text", message), text);
      }),
    );
  });

  test("bytes are copied, both ways", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const message = messageOf(endpoint, "bytes", bytes, "result");
    assert.ok(message !== null);
    const value = valueIn(endpoint, "bytes", message);
    bytes[0] = message[1] = 9;
    assert.deepEqual(message, Uint8Array.of(1, 9, 3));
    assert.deepEqual(value, Uint8Array.of(1, 2, 3));
  });

  test("a byte order mark stays", () => {
    assert.equal(valueIn(endpoint, "text", unhex("efbbbf61")), "\uFEFFa");
    assert.deepEqual(messageOf(endpoint, "text", "\uFEFFa", "result"), unhex("efbbbf61"));
  });

  test("the sign for what is no text may be sent as text", () => {
    assert.equal(valueIn(endpoint, "text", unhex("efbfbd")), "\uFFFD");
  });

  for (const [bytes, what] of [
    ["ff", "a byte that is in no text"],
    ["c3", "half a character"],
    ["eda080", "a surrogate"],
    ["c080", "a zero in two bytes"],
  ] as const)
    test(`${what} is no text`, () => {
      assert.throws(
        () => valueIn(endpoint, "text", unhex(bytes)),
        (error) => error instanceof UpcallError && error.reason === "BAD_MESSAGE" && error.outcome === "not-executed",
      );
    });

  for (const text of ["\uD800", "a\uDC00", "\uDC00\uD800", `${"x".repeat(300)}\uD800`])
    test(`a text with half a character is refused as the codec does it: ${JSON.stringify(text.slice(-3))}`, () => {
      assert.throws(() => messageOf(endpoint, "text", text, "result"), { message: refusedByCodec(text) });
    });

  test("what is no text, or no bytes, is no message", () => {
    for (const value of [undefined, null, 1, 1n, true, {}, [], new Uint8Array(1), Symbol("text")])
      assert.equal(messageOf(endpoint, "text", value, "result"), null);
    for (const value of [undefined, null, "text", {}, [1], new Uint16Array(1), new ArrayBuffer(1)])
      assert.equal(messageOf(endpoint, "bytes", value, "result"), null);
  });
});
