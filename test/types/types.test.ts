// The public types: what must compile does, and what must not does not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const fixtures = join(root, "test", "types", "fixtures");

/** What the compiler says of a folder of fixtures; empty when nothing. */
function compile(folder: string): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", folder, "--pretty", "false"],
    { cwd: root, encoding: "utf8" },
  );
  return `${stdout}${stderr}`;
}

test("what must compile does, and what must not does not", () => {
  assert.equal(compile(fixtures), "");
});

test("without the marks the compiler refuses each marked line", () => {
  // Beside the fixtures, so that `upcall` is found the same way.
  const folder = mkdtempSync(join(root, "build", "types-"));
  try {
    cpSync(fixtures, folder, { recursive: true });
    let progress = 0;
    for (const name of ["carried.ts", "errors.ts", "interceptors.ts", "interfaces.ts", "options.ts"]) {
      const file = join(folder, name);
      const text = readFileSync(file, "utf8");
      progress += text.split("// @ts-expect-error").length - 1;
      writeFileSync(file, text.replaceAll("// @ts-expect-error", "// refused:"));
    }
    const config = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8")) as { extends: string };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ ...config, extends: join(root, "tsconfig.base.json") }),
    );
    const lines = new Set(compile(folder).match(/^[^\s(]+\(\d+/gm));
    assert.equal(lines.size, progress);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
