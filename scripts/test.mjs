// Runs the compiled tests with Node's own test runner.
//
//   npm test                          the quick tier: what one waits for, with nothing but npm
//   npm test -- drain                 all tests whose file, or whose subject, has the word: of the gate's tier
//   npm test -- --list drain          only says which files those are
//   npm test -- drain --name "twice"  of those files, only tests whose name has the text
//   npm run test:all                  everything, with fresh seeds, and what it came to in docs/verified.md
//
// `--gate` and `--all` choose a tier, `--times` writes how long each file took to build/test-times.txt. The whole
// report is in build/test-report.txt; the runner's own count is printed last. What is shipped is made of what the tests
// were: after `tsc -b` alone it would be older than they are.
import "./bundle.mjs";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { parseArgs } from "node:util";
import { environment } from "./modules.mjs";
import { isOf, root, testFiles } from "./test-files.mjs";
import { beginAll } from "./verified.mjs";

const { values, positionals: words } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    gate: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    times: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    name: { type: "string" },
  },
  allowPositionals: true,
});
/** Words name a subject, whose tests run in the tier gate. */
const tier = values.all ? "all" : values.gate || (words.length > 0 && !values.quick) ? "gate" : "quick";
const chosen = testFiles()
  .filter((file) => isOf(file, tier))
  .filter(
    ({ path, about }) =>
      words.length === 0 ||
      words.some((word) => path.includes(word) || about.toLowerCase().includes(word.toLowerCase())),
  );
if (chosen.length === 0) {
  process.stderr.write(`no test file has ${words.join(" or ")} in its path or its first lines\n`);
  process.exit(1);
}
if (values.list) {
  for (const { path, about } of chosen)
    process.stdout.write(`${path.replace(/^build./, "").replace(/\.js$/, ".ts")}\n    ${about}\n`);
  process.exit(0);
}
// Tarballs of earlier builds; this run packs its own where it needs one.
rmSync(join(root, "build", "packed"), { recursive: true, force: true });
const report = join("build", "test-report.txt");
process.stderr.write(`running ${chosen.length} test files of the tier "${tier}"; the whole report: ${report}\n`);
const all = tier === "all" ? beginAll() : null;
/** @type {Map<string, number>} */
const counts = new Map();
let whole = "";
const timesOfPart = join("build", "test-times-part.txt");
let times = "";
for (const looksInside of [true, false]) {
  const part = chosen.filter((file) => file.looksInside === looksInside);
  if (part.length > 0) run(inProcesses(part, looksInside), looksInside);
}
writeFileSync(join(root, report), whole);
rmSync(join(root, timesOfPart), { force: true });
if (values.times) writeFileSync(join(root, "build", "test-times.txt"), times);
process.stdout.write(`\n${Array.from(counts, ([name, count]) => `# ${name} ${count}\n`).join("")}`);
if (values.name !== undefined && (counts.get("pass") ?? 0) + (counts.get("fail") ?? 0) === 0) {
  process.stderr.write(`no test of these files has "${values.name}" in its name\n`);
  process.exitCode = 1;
}
all?.end(counts, whole, words.length === 0 && values.name === undefined);

/**
 * What the runner starts a process for: a file, or several of one folder that may share one. Starting a process and
 * loading the modules costs more than what most of those files do.
 *
 * @param {readonly import("./test-files.mjs").TestFile[]} part @param {boolean} looksInside
 */
function inProcesses(part, looksInside) {
  const separate = part.filter(({ shares }) => !shares).map(({ path }) => path);
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const { path, shares } of part) {
    if (!shares) continue;
    const [, , subject = ""] = path.split(sep);
    groups.set(subject, [...(groups.get(subject) ?? []), path]);
  }
  for (const [subject, files] of groups) {
    if (files.length === 1) separate.push(...files);
    else {
      const together = join("build", "test", "together", `${subject}${looksInside ? "" : "-shipped"}.js`);
      mkdirSync(join(root, dirname(together)), { recursive: true });
      const text = files.map(
        (file) => `import ${JSON.stringify(relative(dirname(together), file).replaceAll(sep, "/"))};\n`,
      );
      writeFileSync(join(root, together), text.join(""));
      separate.push(together);
    }
  }
  return separate;
}

/** @param {readonly string[]} part @param {boolean} modules */
function run(part, modules) {
  const reports = [
    [process.stdout.isTTY ? "spec" : "dot", "stdout"],
    ["spec", report],
    // A third reporter has Node 20 warn of too many listeners, so only who asks for the times gets them.
    ...(values.times ? [["./scripts/report-times.mjs", timesOfPart]] : []),
  ];
  const { status, signal } = spawnSync(
    process.execPath,
    [
      "--test",
      // Of a whole file. It ends what hangs, and no test that is only slow.
      `--test-timeout=${tier === "all" ? 3_600_000 : 400_000}`,
      "--test-concurrency=2",
      ...(values.name === undefined
        ? []
        : [`--test-name-pattern=${values.name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}`]),
      ...reports.flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`]),
      ...part,
    ],
    // No run of ours is near it; one that is will never end by itself.
    {
      cwd: root,
      stdio: "inherit",
      timeout: (tier === "all" ? 300 : 120) * 60_000,
      env: {
        ...(modules ? environment : process.env),
        UPCALL_TESTS: tier,
        // A tier that is asked for runs whole: a missing program fails the tests that need it.
        ...((values.gate || values.all) && { UPCALL_PROGRAMS: "needed" }),
        ...(all !== null && { UPCALL_SEED: all.seed }),
      },
    },
  );
  if (signal !== null) process.stdout.write(`\nthe test run was ended by ${signal}\n`);
  if (status !== 0) process.exitCode = status ?? 1;
  if (values.times) times += readFileSync(join(root, timesOfPart), "utf8");
  const text = readFileSync(join(root, report), "utf8");
  whole += text;
  // The runner's own counts, together.
  for (const [, name = "", count] of text.matchAll(
    /^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) (.+)$/gm,
  ))
    counts.set(name, (counts.get(name) ?? 0) + Number(count));
}
