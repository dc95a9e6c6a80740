// @ts-check
// What the figures were measured on, and the file that keeps them.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";

const folder = new URL(".", import.meta.url);

/** The machine as far as it matters to the figures; nothing that names it. */
export function describe() {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    machine: {
      processor: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${platform()} ${release().split("-")[0]} ${arch()}`,
    },
    versions: versionsOf(),
  };
}

function versionsOf() {
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  const { version } = JSON.parse(readFileSync(new URL("../package.json", folder), "utf8"));
  return { upcall: version, ...dependencies };
}

/**
 * @param {Record<string, any>} results
 * @param {boolean} whole nothing was left out of what was measured
 * @param {boolean} some only some works were measured: the others keep what is known of them
 * @returns {string} the file's name
 */
export function keep(results, whole, some) {
  const name = whole ? "results.json" : "results-part.json";
  const file = new URL(name, folder);
  // The works, how cost grows and what stands beside a long message are measured by runs of their own, and kept side by side.
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const { growth = before.growth, beside = before.beside } = results;
  const after =
    results["samples"] === undefined ? before : some && before.quick === false ? joined(before, results) : results;
  writeFileSync(file, `${JSON.stringify({ ...after, growth, beside }, null, 1)}\n`);
  return name;
}

/** Works measured anew in the place of what was known of them. The ratios are within a work, so they stay true. */
function joined(/** @type {Record<string, any>} */ before, /** @type {Record<string, any>} */ results) {
  const anew = new Set(results.samples.map((/** @type {{ work: string }} */ { work }) => work));
  const kept = before.samples.filter((/** @type {{ work: string }} */ { work }) => !anew.has(work));
  return {
    ...results,
    date: before.date === results.date ? results.date : `${before.date} to ${results.date}`,
    packages: [.../** @type {Set<string>} */ (new Set([...before.packages, ...results.packages]))].sort(),
    samples: [...kept, ...results.samples],
  };
}

export function read(/** @type {string | URL} */ file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
