// The page on hostile input (docs/hostile.md) is made from the results alone: a figure changed by hand, or results
// without their page, fail.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tables } from "./tables.ts";

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

test("docs/hostile.md is what bench/results-hostile.json gives", () => {
  const { status, stderr } = spawnSync(process.execPath, [root("bench/hostile/page.mjs"), "--check"], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
});

test("every case of every table is on the page, and none that is not played any more", () => {
  const { upcall } = JSON.parse(readFileSync(root("bench/results-hostile.json"), "utf8")) as {
    readonly upcall: Readonly<Record<string, readonly { readonly name: string; readonly door: string }[]>>;
  };
  const played = tables.flatMap(({ name, cases }) =>
    cases.flatMap((one) => one.doors.map((door) => `${name}, ${door}: ${one.name}`)),
  );
  const kept = Object.entries(upcall).flatMap(([name, verdicts]) =>
    verdicts.map((verdict) => `${name}, ${verdict.door}: ${verdict.name}`),
  );
  assert.deepEqual(kept, played);
});
