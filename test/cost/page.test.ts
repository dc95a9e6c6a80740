// The page on performance (benchmarks) is made from the results alone: a figure changed by hand, or results without
// their page, fail.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("docs/performance.md is what bench/results.json gives", () => {
  const report = fileURLToPath(new URL("../../../bench/report.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [report, "--check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
