// Runs the compiled tests with Node's own test runner, each file in a process of its own.
// `npm test -- session workers` runs only the files whose path has one of the words in it.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "build", "test");
const words = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.js"))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .map((file) => relative(process.cwd(), join(folder, file)))
  .sort();
if (files.length === 0) {
  process.stderr.write(`no test file has ${words.join(" or ")} in its path\n`);
  process.exit(1);
}
const reporter = process.stdout.isTTY ? "spec" : "dot";
const { status } = spawnSync(
  process.execPath,
  [
    "--test",
    "--test-timeout=120000",
    "--test-concurrency=2",
    `--test-reporter=${reporter}`,
    "--test-reporter-destination=stdout",
    ...(reporter === "dot" ? ["--test-reporter=spec", "--test-reporter-destination=build/test-report.txt"] : []),
    ...files,
  ],
  { cwd: root, stdio: "inherit" },
);
process.exit(status ?? 1);
