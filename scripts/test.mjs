// Runs the compiled tests with Node's own test runner, each file in a process of its own.
// `npm test -- session workers` runs only the files whose path has one of the words in it.
// Folders whose tests look inside the product run its single modules, all others what is shipped (scripts/bundle.mjs).
// The whole report is in build/test-report.txt, with --times how long each file took in build/test-times.txt; the runner's own count is printed last.
// What is shipped is made of what the tests were: after `tsc -b` alone it would be older than they are.
import "./bundle.mjs";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { environment } from "./modules.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "build", "test");
const given = process.argv.slice(2);
const words = given.filter((word) => word !== "--times");
/** A third reporter has Node 20 warn of too many listeners, so only who asks for the times gets them. */
const timed = given.includes("--times");
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
const inside = whatLooksInside();
const looksInside = (/** @type {string} */ file) => {
  const name = relative(join("build", "test"), file);
  return inside.has(name) || inside.has(name.split(sep)[0]);
};
/** @type {Map<string, number>} */
const counts = new Map();
let whole = "";
const timesOfPart = join("build", "test-times-part.txt");
let times = "";
for (const [part, concurrency] of /** @type {const} */ ([
  [others, 2],
  [alone, 1],
])) {
  for (const modules of [true, false]) {
    const some = part.filter((file) => looksInside(file) === modules);
    if (some.length > 0) run(some, concurrency, modules);
  }
}
writeFileSync(join(root, report), whole);
rmSync(join(root, timesOfPart), { force: true });
if (timed) writeFileSync(join(root, "build", "test-times.txt"), times);
process.stdout.write(`\n${Array.from(counts, ([name, count]) => `# ${name} ${count}\n`).join("")}`);

/**
 * The folders below build/test with a file that imports single modules (`#internal`), and the files that import such a file:
 * a module and its twin in lib/ are two, and an error of the one is no instance of the other's class.
 */
function whatLooksInside() {
  /** @type {Map<string, string[]>} */
  const imports = new Map();
  const inside = new Set();
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js")) continue;
    const text = readFileSync(join(folder, file), "utf8");
    if (text.includes('"#internal/')) inside.add(file).add(file.split(sep)[0]);
    imports.set(
      file,
      Array.from(text.matchAll(/from "(\.\.?\/[^"]+\.js)"/g), ([, other = ""]) => join(file, "..", other)),
    );
  }
  for (let before = 0; before < inside.size; ) {
    before = inside.size;
    for (const [file, others] of imports) if (others.some((other) => inside.has(other))) inside.add(file);
  }
  return inside;
}

/** @param {readonly string[]} part @param {number} concurrency @param {boolean} modules */
function run(part, concurrency, modules) {
  const reports = [
    [process.stdout.isTTY ? "spec" : "dot", "stdout"],
    ["spec", report],
    ...(timed ? [["./scripts/report-times.mjs", timesOfPart]] : []),
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
    {
      cwd: root,
      stdio: "inherit",
      timeout: 40 * 60_000,
      env: modules ? environment : process.env,
    },
  );
  if (signal !== null) process.stdout.write(`\nthe test run was ended by ${signal}\n`);
  if (status !== 0) process.exitCode = status ?? 1;
  if (timed) times += readFileSync(join(root, timesOfPart), "utf8");
  const text = readFileSync(join(root, report), "utf8");
  whole += text;
  // The runner's own counts, together.
  for (const [, name = "", count] of text.matchAll(
    /^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) (.+)$/gm,
  ))
    counts.set(name, (counts.get(name) ?? 0) + Number(count));
}
