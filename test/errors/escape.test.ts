// Escaping what comes from the other side before it is shown: control characters and terminal sequences in names and
// messages, and lengths.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { explain } from "#internal/codec/value-place.js";
import { escaped, excerpt, quoted } from "#internal/escape.js";
import { nothingHere } from "#internal/failure/call-refusals.js";
import { issuesText } from "#internal/interface/schema.js";
import { defaultLimits } from "#internal/limits.js";
import { unknownMethod } from "#internal/skeleton/table.js";

const obeyed = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/u;
const all = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code));

suite("a text", () => {
  test("has an escape in the place of each character that does more than be seen, and all others as they are", () => {
    const changed = all.filter((character) => escaped(character) !== character);
    const codes = changed.map((character) => character.charCodeAt(0));
    const expected = [
      ...Array.from({ length: 0x20 }, (_, code) => code),
      ...Array.from({ length: 0x21 }, (_, code) => 0x7f + code),
      0x61c,
      0x200e,
      0x200f,
      0x2028,
      0x2029,
      0x202a,
      0x202b,
      0x202c,
      0x202d,
      0x202e,
      0x2066,
      0x2067,
      0x2068,
      0x2069,
      ...Array.from({ length: 0x800 }, (_, code) => 0xd800 + code),
    ];
    assert.deepEqual(codes, expected);
    assert.equal(escaped("\u001b[2J\u009b\r\n\t\u202e \\ ä😀"), "\\u001b[2J\\u009b\\r\\n\\t\\u202e \\ ä😀");
  });

  test("of JSON stays the JSON that it was", () => {
    const value = { [all.join("")]: all };
    assert.deepEqual(JSON.parse(escaped(JSON.stringify(value))), value);
    assert.doesNotMatch(escaped(JSON.stringify(value)), obeyed);
  });

  test("that is long is cut off between two characters, and says how long it was", () => {
    assert.equal(excerpt("x".repeat(128)), "x".repeat(128));
    assert.equal(excerpt("x".repeat(129)), `${"x".repeat(128)}... (129 characters)`);
    assert.equal(excerpt("abc😀\n", 4), "abc... (6 characters)");
    assert.equal(quoted('a"\n'), '"a\\"\\n"');
    assert.equal(quoted('a"bcd', 2), '"a\\""... (5 characters)');
  });
});

suite("an error's sentence quotes from the wire", () => {
  const wicked = `\u009b2J\u202e\n${"x".repeat(1_000_000)}`;
  const fits = (message: string): void => {
    assert.doesNotMatch(message, obeyed);
    assert.ok(message.includes("\\u009b2J") && message.length < 1_000, `${message.length} characters`);
  };

  test("the name of an interface", () => {
    fits(unknownMethod(wicked, "go", ["Subject"], undefined).message);
    fits(nothingHere(wicked).message);
  });

  test("the name of a method", () => fits(unknownMethod("Subject", wicked, ["Subject"], { go: 0 }).message));

  test("the place of a value", () => {
    const limits = { ...defaultLimits, nodes: 1_000 };
    fits(explain({ [wicked]: Symbol() }, "arguments[0]", limits, null).message);
    fits(explain(new Map([[wicked, Symbol()]]), "arguments[0]", limits, null).message);
  });

  test("the issues of a schema", () => {
    fits(issuesText("arguments[0]", [{ message: "is wrong", path: [wicked] }]));
    fits(issuesText("arguments[0]", [{ message: `must be a number, and is ${wicked}` }]));
  });
});
