// docs/errors.md lists every code, reason and outcome of UpcallError, once.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { codes, outcomes, reasons } from "upcall";
import { root } from "../harness/packed.ts";
import { tableBelow } from "./markdown.ts";

const page = readFileSync(join(root, "docs", "errors.md"), "utf8");
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && file !== "errors.ts")
  .map((file) => readFileSync(join(root, "src", file), "utf8"))
  .join("\n");

suite("docs/errors.md and the closed lists", () => {
  for (const [heading, list, columns] of [
    ["## Outcomes", outcomes, 3],
    ["## Codes", codes, 4],
    ["## Reasons", reasons, 4],
  ] as const) {
    test(`${heading}: each once, in the list's order, and nothing left empty`, () => {
      const rows = tableBelow(page, heading);
      assert.deepEqual(
        rows.map(([name]) => /^`([\w-]+)`/.exec(name ?? "")?.[1]),
        [...list],
      );
      for (const row of rows) {
        assert.equal(row.length, columns, row.join(" | "));
        assert.ok(!row.includes(""), row.join(" | "));
      }
    });
  }

  test("every reason is given by something", () => {
    const unused = reasons.filter((reason) => reason !== "THROWN" && !sources.includes(`"${reason}"`));
    assert.deepEqual(unused, []);
  });

  test("the codes marked * are those that upcall itself never makes", () => {
    const marked = tableBelow(page, "## Codes").filter(([name]) => name?.endsWith("*"));
    const never = codes.filter((code) => !sources.includes(`"${code}"`));
    assert.deepEqual(
      marked.map(([name]) => /`(\w+)`/.exec(name ?? "")?.[1]),
      // As a reason, ABORTED is something else.
      codes.filter((code) => never.includes(code) || code === "ABORTED"),
    );
  });
});
