// What a run of everything needs beside the tests: a fresh seed, and its summary in docs/verified.md.
// It knows nothing of how tests are run; scripts/test.mjs gives it the runner's counts and its report.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, platform } from "node:os";
import { fileURLToPath } from "node:url";

const page = fileURLToPath(new URL("../docs/verified.md", import.meta.url));
/** So many runs the page keeps. */
const most = 5;

/**
 * @typedef {object} Run
 * @property {string} date
 * @property {string} commit Which one, and whether there was more than it has.
 * @property {string} machine Node's version and the machine, as far as it matters to tests.
 * @property {string} seed
 * @property {number} minutes
 * @property {number} passed
 * @property {ReadonlyMap<string, number>} skipped How many tests were skipped for each reason.
 */

/**
 * Begins a run of everything.
 *
 * @returns {{ seed: string, end: (counts: ReadonlyMap<string, number>, report: string, whole: boolean) => void }} The seed
 * that all test files are to have, and what is told at the end: the runner's counts, its report, and whether all files were
 * played.
 */
export function beginAll() {
  const seed = process.env["UPCALL_SEED"] ?? `${Math.floor(Math.random() * 2 ** 31)}`;
  process.stderr.write(`the seed is ${seed}: UPCALL_SEED=${seed} gives it again\n`);
  const begun = performance.now();
  const end = (
    /** @type {ReadonlyMap<string, number>} */ counts,
    /** @type {string} */ report,
    /** @type {boolean} */ whole,
  ) => {
    const bad = (counts.get("fail") ?? 0) + (counts.get("cancelled") ?? 0);
    if (bad > 0 || process.exitCode || !whole) {
      const why = whole ? "not all tests passed" : "not all tests were played";
      process.stderr.write(`docs/verified.md is left as it is, since ${why}; the seed was ${seed}\n`);
      return;
    }
    const run = {
      date: new Date().toISOString().slice(0, 10),
      commit: commit(),
      machine: `Node ${process.version}, ${platform()} ${arch()}, ${availableParallelism()} cores`,
      seed,
      minutes: (performance.now() - begun) / 60_000,
      passed: counts.get("pass") ?? 0,
      skipped: reasonsIn(report),
    };
    writeFileSync(page, withEntry(readFileSync(page, "utf8"), entryOf(run)));
    process.stderr.write("docs/verified.md has what it came to\n");
  };
  return { seed, end };
}

function commit() {
  const git = (/** @type {string[]} */ ...args) =>
    spawnSync("git", args, { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" });
  const { status, stdout } = git("rev-parse", "--short=12", "HEAD");
  if (status !== 0) return "of no commit";
  const changed = git("status", "--porcelain", "--", ".", ":!docs/verified.md").stdout !== "";
  return `commit \`${stdout.trim()}\`${changed ? " and changes that are not in it" : ""}`;
}

/** How often each reason stands behind a test that was skipped. @param {string} report */
export function reasonsIn(report) {
  /** @type {Map<string, number>} */
  const reasons = new Map();
  for (const [, reason = ""] of report.matchAll(/^\s*﹣ .* \([\d.]+ms\) # (.+)$/gmu))
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return reasons;
}

/** @param {Run} run */
export function entryOf({ date, commit: of, machine, seed, minutes, passed, skipped }) {
  const count = Array.from(skipped.values()).reduce((sum, one) => sum + one, 0);
  const reasons = Array.from(
    skipped,
    ([reason, times]) => `  - ${times}: ${reason.replaceAll(/[<>_*`|[\]]/g, "\\$&")}`,
  );
  const lines = [
    `## ${date}, ${of}`,
    "",
    `- ${passed.toLocaleString("en")} tests passed in ${Math.round(minutes)} minutes: ${machine}`,
    `- Seed ${seed}`,
    count === 0 ? "- Nothing was skipped" : `- ${count} skipped, for these reasons:`,
    ...reasons,
  ];
  return `${lines.join("\n")}\n`;
}

/** The page with one more run, and without what is too old. @param {string} text @param {string} entry */
export function withEntry(text, entry) {
  const [introduction = "", ...entries] = text.split(/^(?=## )/m);
  const kept = [entry, ...entries].slice(0, most).map((one) => one.trimEnd());
  return `${[introduction.trimEnd(), ...kept].join("\n\n")}\n`;
}
