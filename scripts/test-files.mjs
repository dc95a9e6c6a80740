// Which test files there are, what they are about, in which tier each is, and which of them share a process.
// It knows the folder of built tests and nothing of the runner.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "build", "test");

const hostileTables = ["carried", "doors", "life", "memory", "native", "plain"].map((name) => `hostile/${name}.`);

/**
 * What a tier leaves to the next one (docs/decisions/0049-tiers.md). A word stands for all files whose path has it. Within
 * a file, test/harness/tier.ts says how many combinations, rounds and inputs there are.
 *
 * @type {Readonly<Record<"quick" | "gate" | "all", readonly string[]>>}
 */
const left = {
  quick: [...hostileTables, "packaging/", "runtimes/"],
  // These play the whole tables of which it plays the first cases.
  gate: ["hostile/first"],
  all: ["hostile/first"],
};

/**
 * @typedef {object} TestFile
 * @property {string} path From the project's root, built.
 * @property {string} about The comment that its source begins with.
 * @property {boolean} looksInside Whether it runs the single modules of dist/ instead of what is shipped.
 * @property {boolean} shares Whether it may run in one process with others.
 */

/** @returns {TestFile[]} */
export function testFiles() {
  const sources = new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js"))
      .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
  );
  /** @type {Map<string, Set<string>>} */
  const imports = new Map();
  for (const [file, text] of sources)
    imports.set(
      file,
      new Set(Array.from(text.matchAll(/from "(\.\.?\/[^"]+\.js)"/g), ([, other = ""]) => join(file, "..", other))),
    );
  /** What a file imports of the tests, and what that imports: all of it, and itself. @param {string} file */
  const closure = (file) => {
    const all = new Set([file]);
    for (const one of all) for (const other of imports.get(one) ?? []) all.add(other);
    return [...all].map((one) => sources.get(one) ?? "");
  };
  // A module that workers or other programs load is imported by no test: its imports count for its whole folder.
  const inside = new Set(
    Array.from(sources)
      .filter(([file, text]) => file.split(sep).includes("modules") && text.includes('"#internal/'))
      .map(([file]) => file.split(sep)[0]),
  );
  return (
    Array.from(sources.keys())
      // The compiler leaves what it made of a test that was moved, and that would still be run.
      .filter((file) => file.endsWith(".test.js") && existsSync(sourceOf(file)))
      .sort((one, other) => (one < other ? -1 : 1))
      .map((file) => {
        const texts = closure(file);
        const looksInside = inside.has(file.split(sep)[0]) || texts.some((text) => text.includes('"#internal/'));
        return {
          path: relative(root, join(folder, file)),
          about: aboutOf(sourceOf(file)),
          looksInside,
          shares: !texts.some((text) => needsItsProcess.test(text)),
        };
      })
  );
}

/**
 * What a test does to its process, or finds out about it, that would reach the tests of other files: another program or
 * thread, signals and warnings, flags of the engine, functions of the system that are replaced, hooks of the root suite.
 * Suites of every model of workers take long, so each of them has its own as well.
 */
const needsItsProcess =
  /"node:(?:child_process|worker_threads|cluster)"|process\.on\(|setFlagsFromString|mock\.|nodePlatform|memoryUsage|^(?:before|beforeEach|afterEach)\(|everyModel|placesOf/m;

/** @param {string} file Built, from the folder of tests. */
const sourceOf = (file) => join(root, "test", file.replace(/\.js$/, ".ts"));

/** @param {string} source */
function aboutOf(source) {
  const [comment = ""] = /^(?:\/\/.*\n)*/.exec(readFileSync(source, "utf8")) ?? [];
  return comment
    .replaceAll(/^\/\/ ?/gm, "")
    .replaceAll("\n", " ")
    .trim();
}

/** @param {TestFile} file @param {"quick" | "gate" | "all"} tier */
export const isOf = ({ path }, tier) =>
  !left[tier].some((word) => path.slice(join("build", "test").length + 1).startsWith(word));
