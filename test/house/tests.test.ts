// The tests themselves: each file says in its first lines what it is about, and test/README.md says where a subject's tests are.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../test", import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".test.ts") && !file.includes("node_modules"),
);

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

const page = readFileSync(join(folder, "README.md"), "utf8");
const [, table = ""] = /^## Where is it\?\n+([^#]*)/m.exec(page) ?? [];

const rows = table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| looking for"));

test("test/README.md has a place for each folder of tests, and each place that it names is there", () => {
  const places: string[] = [];
  for (const row of rows) {
    const [, , cell = ""] = row.split("|");
    const named = Array.from(cell.matchAll(/`([\w-]+\/[\w/-]*)`/g), ([, place = ""]) => place);
    assert.ok(named.length > 0 || cell.trim() === "not there yet", `${row} has no place`);
    places.push(...named);
  }
  for (const place of places)
    assert.ok(existsSync(join(folder, place.endsWith("/") ? place : `${place}.test.ts`)), `test/${place} is not there`);
  for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
    assert.ok(
      places.some((place) => place.startsWith(`${name}/`)) || page.includes(`\`${name}/\``),
      `test/README.md says nothing of test/${name}`,
    );
});
