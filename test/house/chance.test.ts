// Nothing is drawn by chance that the seed of a run does not give again: tests take seeds from test/harness.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { test } from "node:test";
import { root } from "../harness/packed.ts";

test("only test/harness imports what draws by chance, and nobody asks Math.random", () => {
  const folder = join(root, "test");
  const offenders = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(
      (file) =>
        file.endsWith(".ts") && file !== join("harness", "properties.ts") && !file.endsWith(`${sep}chance.test.ts`),
    )
    .filter((file) => /from "fast-check"|Math\.random\(/.test(readFileSync(join(folder, file), "utf8")));
  assert.deepEqual(offenders, []);
});
