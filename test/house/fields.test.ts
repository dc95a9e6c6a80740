// Doc comments are whole sentences: every limit and every counter has one of its own, and none begins in one comment and goes on
// in the next.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
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

test("no doc comment begins with dots, or ends without a full stop", () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const folder of ["src", "cli"])
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts")) continue;
      const source = readFileSync(join(root, folder, name), "utf8");
      for (const { 1: comment = "", index } of source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\//g)) {
        const said = comment.replaceAll(/\n\s*\* ?/g, "\n").trim();
        // What stands behind a tag is about one parameter or one error, and needs no sentence.
        const prose = said.split(/(?:^|\s)@(?:param|returns|throws|internal)\b/, 1)[0]?.trimEnd() ?? "";
        seen++;
        if (said.startsWith("...") || (prose !== "" && !/(?:[^.]\.|[:!?`])$/.test(prose)))
          wrong.push(`${folder}/${name}:${source.slice(0, index).split("\n").length}: ${said.slice(-60)}`);
      }
    }
  assert.ok(seen > 1_000, `${seen} doc comments`);
  assert.deepEqual(wrong, []);
});
