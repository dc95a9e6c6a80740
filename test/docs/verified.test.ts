// The page of what was verified: what a run of everything writes into it, and what it never does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../harness/packed.ts";

interface Script {
  reasonsIn(report: string): ReadonlyMap<string, number>;
  entryOf(run: Readonly<Record<string, unknown>>): string;
  withEntry(text: string, entry: string): string;
}
const script = (await import(pathToFileURL(join(root, "scripts", "verified.mjs")).href)) as Script;
const page = readFileSync(join(root, "docs", "verified.md"), "utf8");

const run = {
  date: "2026-12-01",
  commit: "commit `0123456789ab`",
  machine: "Node v20.20.2, linux x64, 2 cores",
  seed: "7",
  minutes: 61.6,
  passed: 4321,
  skipped: new Map([["there is no netcat", 2]]),
};
const entry = [
  "## 2026-12-01, commit `0123456789ab`",
  "",
  "- 4,321 tests passed in 62 minutes: Node v20.20.2, linux x64, 2 cores",
  "- Seed 7",
  "- 2 skipped, for these reasons:",
  "  - 2: there is no netcat",
  "",
].join("\n");

test("an entry says when, what, where, from which seed, and what was skipped", () => {
  assert.equal(script.entryOf(run), entry);
  assert.match(script.entryOf({ ...run, skipped: new Map() }), /^- Nothing was skipped$/m);
});

test("the reasons are those of the runner's own report", () => {
  const report = [
    "▶ netcat",
    "  ﹣ one (1.415158ms) # there is no netcat",
    "  ✔ another (0.2ms)",
    "  ✖ a third (0.2ms)",
    "﹣ two (0.3ms) # there is no netcat",
    "﹣ three (9ms) # SKIP",
    "",
  ].join("\n");
  assert.deepEqual(
    [...script.reasonsIn(report)],
    [
      ["there is no netcat", 2],
      ["SKIP", 1],
    ],
  );
});

test("the newest run stands first, the page keeps five, and the introduction stays", () => {
  let text = page;
  for (let day = 1; day <= 7; day++) text = script.withEntry(text, script.entryOf({ ...run, date: `day ${day}` }));
  const [introduction, ...entries] = text.split(/^(?=## )/m);
  assert.equal(introduction?.trimEnd(), page.split(/^(?=## )/m)[0]?.trimEnd());
  assert.deepEqual(
    entries.map((one) => /^## day (\d)/.exec(one)?.[1]),
    ["7", "6", "5", "4", "3"],
  );
});

test("the page is as the script writes it", () => {
  const [introduction = "", ...entries] = page.split(/^(?=## )/m);
  assert.ok(entries.length <= 5);
  assert.equal(
    entries.toReversed().reduce((text, one) => script.withEntry(text, one), introduction),
    page,
  );
});
