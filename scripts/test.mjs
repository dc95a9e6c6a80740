// Runs the compiled tests with Node's own test runner, each file in a process of its own.
// `npm test -- session workers` runs only the files whose path has one of the words in it.
// The whole report is in build/test-report.txt; the runner's own count is printed last.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
/** What is judged by stalls and by memory has the machine for itself. */
const alone = files.filter((file) => file.includes(join("test", "hostile")));
const others = files.filter((file) => !alone.includes(file));
/** @type {Map<string, number>} */
const counts = new Map();
let whole = "";
for (const [part, concurrency] of /** @type {const} */ ([
  [others, 2],
  [alone, 1],
])) {
  if (part.length > 0) run(part, concurrency);
}
writeFileSync(join(root, report), whole);
process.stdout.write(`\n${Array.from(counts, ([name, count]) => `# ${name} ${count}\n`).join("")}`);

/** @param {readonly string[]} part @param {number} concurrency */
function run(part, concurrency) {
  const reports = [
    [process.stdout.isTTY ? "spec" : "dot", "stdout"],
    ["spec", report],
  ];
  const { status, signal } = spawnSync(
    process.execPath,
    [
      "--test",
      "--test-timeout=400000",
      `--test-concurrency=${concurrency}`,
      ...reports.flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`]),
      ...part,
    ],
    // No run of ours is near it; one that is will never end by itself.
    { cwd: root, stdio: "inherit", timeout: 40 * 60_000 },
  );
  if (signal !== null) process.stdout.write(`\nthe test run was ended by ${signal}\n`);
  if (status !== 0) process.exitCode = status ?? 1;
  const text = readFileSync(join(root, report), "utf8");
  whole += text;
  // The runner's own counts, together.
  for (const [, name = "", count] of text.matchAll(
    /^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) (.+)$/gm,
  ))
    counts.set(name, (counts.get(name) ?? 0) + Number(count));
}
