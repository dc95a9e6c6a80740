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

/** @returns {string} the file's name */
export function keep(/** @type {Record<string, unknown>} */ results, /** @type {boolean} */ whole) {
  const name = whole ? "results.json" : "results-part.json";
  const file = new URL(name, folder);
  // The works and how cost grows are measured by runs of their own, and are kept side by side.
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const growth = results["growth"] ?? before.growth;
  const after = results["growth"] === undefined ? results : before;
  writeFileSync(file, `${JSON.stringify({ ...after, growth }, null, 1)}\n`);
  return name;
}

export function read(/** @type {string | URL} */ file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
