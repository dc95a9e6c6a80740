// The plain wire: the buffer in which a message is put together of lines or chunks.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { MessageBuffer } from "#internal/wire/plain/buffer.js";
import { fc } from "../harness/properties.ts";

const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString("latin1");

function linesOf(buffer: MessageBuffer): (string | null)[] {
  const lines: (string | null)[] = [];
  for (let line = buffer.line(); line !== null; line = buffer.line()) lines.push(text(line));
  return lines;
}

suite("the buffer of a plain message", () => {
  test("lines are the same however their bytes are cut", () => {
    const bytes = fc
      .uint8Array({ maxLength: 3_000, size: "max" })
      .map((all) => all.map((byte) => (byte % 32 === 0 ? 10 : byte)));
    fc.assert(
      fc.property(bytes, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (all, cuts) => {
        const buffer = new MessageBuffer();
        const lines: (string | null)[] = [];
        for (let at = 0, i = 0; at < all.length; i++) {
          const end = at + (cuts[i % cuts.length] ?? 1);
          buffer.push(all.subarray(at, end));
          lines.push(...linesOf(buffer));
          at = end;
        }
        const expected = (text(all) ?? "").split("\n");
        assert.deepEqual([...lines, text(buffer.all())], expected);
        assert.equal(buffer.length, 0);
      }),
    );
  });

  // With a search from the front for each byte it would not be done before the runner's patience is over.
  test("a megabyte that comes byte by byte is looked at once", () => {
    const buffer = new MessageBuffer();
    const one = new Uint8Array([0x61]);
    for (let i = 0; i < 1024 * 1024; i++) {
      buffer.push(one);
      assert.equal(buffer.line(), null);
    }
    assert.equal(buffer.length, 1024 * 1024);
  });

  test("what was pushed is a copy", () => {
    const buffer = new MessageBuffer();
    const bytes = new Uint8Array([1, 2, 3]);
    buffer.push(bytes);
    bytes.fill(9);
    assert.deepEqual(buffer.all(), new Uint8Array([1, 2, 3]));
  });
});
