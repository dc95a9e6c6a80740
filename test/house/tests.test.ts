// The tests themselves: each file says in its first lines what it is about, and test/README.md says where a subject's tests are.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../test", import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts"));

test("each test file begins with a comment of one to three lines that says what it is about", () => {
  for (const file of files) {
    const [comment = ""] = /^(?:\/\/ .*\n)*/.exec(readFileSync(join(folder, file), "utf8")) ?? [];
    const lines = comment.trimEnd().split("\n");
    assert.ok(lines.length <= 3, `${file} begins with ${lines.length} lines of comment`);
    const text = lines.map((line) => line.slice(3)).join(" ");
    assert.match(text, /^.{25,}[.:?]/, `${file} does not begin with a sentence on what it is about: "${text}"`);
    assert.doesNotMatch(
      text,
      /\b(?:whoever|nobody|strangers?|doors?)\b/i,
      `${file}: words that a newcomer would not look for`,
    );
  }
});
