// Runs the compiled tests with Node's own test runner, each file in a process of its own.
// `npm test -- session workers` runs only the files whose path has one of the words in it.
// The whole report is in build/test-report.txt; the runner's own count is printed last.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "build", "test");
const words = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.js"))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .map((file) => relative(root, join(folder, file)))
  .sort();
if (files.length === 0) {
  process.stderr.write(`no test file has ${words.join(" or ")} in its path\n`);
  process.exit(1);
}
// Tarballs of earlier builds; this run packs its own where it needs one.
rmSync(join(root, "build", "packed"), { recursive: true, force: true });
process.stderr.write(`running ${files.length} test files ...\n`);
const report = join("build", "test-report.txt");
const reports = [
  [process.stdout.isTTY ? "spec" : "dot", "stdout"],
  ["spec", report],
];
const { status, signal } = spawnSync(
  process.execPath,
  [
    "--test",
    "--test-timeout=400000",
    "--test-concurrency=2",
    ...reports.flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`]),
    ...files,
  ],
  // No run of ours is near it; one that is will never end by itself.
  { cwd: root, stdio: "inherit", timeout: 30 * 60_000 },
);
const closing = readFileSync(join(root, report), "utf8").matchAll(
  /^ℹ ((?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) .+)$/gm,
);
if (signal !== null) process.stdout.write(`\nthe test run was ended by ${signal}\n`);
process.stdout.write(`\n${Array.from(closing, ([, line]) => `# ${line}\n`).join("")}`);
process.exitCode = status ?? 1;
