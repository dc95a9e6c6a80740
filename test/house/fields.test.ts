// Every limit and every counter is documented by a comment of its own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

test("every limit and every counter has a sentence of its own, which does not run on over its neighbour's", () => {
  for (const [file, field] of [
    ["src/limits.ts", /^ {2}readonly (\w+): number;$/],
    ["src/counters.ts", /^ {2}(\w+) = 0;$/],
  ] as const) {
    const lines = readFileSync(join(root, file), "utf8").split("\n");
    let seen = 0;
    for (const [index, line] of lines.entries()) {
      const name = field.exec(line)?.[1];
      if (name === undefined) continue;
      seen++;
      let first = index - 1;
      assert.match(lines[first] ?? "", /\*\/$/, `${file}: ${name} has no sentence`);
      while (!(lines[first] ?? "").includes("/**")) first--;
      const text = lines.slice(first, index).join(" ");
      assert.doesNotMatch(text, /\.\.\. \*\/$|\/\*\* \.\.\./, `${file}: ${name} shares its sentence`);
    }
    assert.ok(seen > 40, `${file} has ${seen} fields`);
  }
});
