// Prepares a release and publishes nothing: `npm run release -- 0.2.0`. It checks that the work tree is clean, that the
// change log has entries for it, that all tests were played on what is here (docs/verified.md) and that .ci/run passes, writes
// the version and the date, packs, and prints what is left to be done by hand.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const path = (/** @type {string} */ name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const [version = ""] = process.argv.slice(2);

/** @param {string} why @returns {never} */
function refuse(why) {
  process.stderr.write(`no release: ${why}\n`);
  process.exit(1);
}

/** @param {string} command @param {string[]} args @param {"inherit" | "pipe"} stdout */
function run(command, args, stdout = "inherit") {
  const { status, stdout: said } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", stdout, "inherit"],
  });
  if (status !== 0) refuse(`${command} ${args.join(" ")} ended with ${status}`);
  return (said ?? "").trim();
}

if (!/^\d+\.\d+\.\d+$/.test(version)) refuse(`"${version}" is no version; write for example: npm run release -- 0.2.0`);
const manifest = JSON.parse(readFileSync(path("package.json"), "utf8"));
const numbers = (/** @type {string} */ text) => text.split(".").map(Number);
const newer = numbers(version).map((part, i) => part - (numbers(manifest.version)[i] ?? 0));
if (!((newer.find((part) => part !== 0) ?? 0) > 0)) refuse(`${version} is not newer than ${manifest.version}`);
if (run("git", ["status", "--porcelain"], "pipe") !== "") refuse("there are changes that are not committed");

const changes = readFileSync(path("CHANGELOG.md"), "utf8");
const [, unreleased = ""] = /^## Unreleased\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changes) ?? [];
const entries = unreleased.split("\n").filter((line) => line.startsWith("- "));
if (entries.length === 0) refuse("CHANGELOG.md has nothing under Unreleased");
const breaks = /^### BREAKING\n+- /m.test(unreleased);
const [major = 0, minor = 0] = newer;
if (breaks && major === 0 && minor === 0)
  refuse(`CHANGELOG.md lists changes under BREAKING: ${version} must be a new minor version`);

// The page is committed after the run that it tells of, so it alone may have changed since.
const [, verified = ""] =
  /^## .*$/m.exec(readFileSync(path("docs/verified.md"), "utf8"))?.[0].match(/commit `(\w+)`$/) ?? [];
const since = ["diff", "--quiet", verified, "HEAD", "--", ".", ":!docs/verified.md"];
if (verified === "" || spawnSync("git", since, { cwd: root, stdio: "ignore" }).status !== 0)
  refuse("docs/verified.md does not begin with a run of this commit: npm run test:all, and commit that page");

run("bash", [".ci/run"]);

const date = new Date().toISOString().slice(0, 10);
// Headings without entries go, and an empty part for what comes next stands above.
const kept = unreleased.replace(/^### \w+\n+(?=### |$(?![\s\S]))/gm, "").trim();
const next = "## Unreleased\n\n### BREAKING\n\n### Added\n\n### Changed\n\n### Fixed\n\n";
writeFileSync(
  path("CHANGELOG.md"),
  `${changes.replace(`## Unreleased\n${unreleased}`, () => `${next}## ${version} (${date})\n\n${kept}\n\n`).trimEnd()}\n`,
);
// The README's steps name the file that `npm pack` makes.
const readme = readFileSync(path("README.md"), "utf8");
writeFileSync(path("README.md"), readme.replaceAll(`upcall-${manifest.version}.tgz`, `upcall-${version}.tgz`));
run("npm", ["version", version, "--no-git-tag-version", "--allow-same-version=false"]);
run("node", ["scripts/setup.mjs"]);
const tarball = run("npm", ["pack", "--silent", "--ignore-scripts"], "pipe");

process.stdout.write(`
${tarball} is packed, and everything that .ci/run asks holds. What is left:

  1. read the diff: git diff
  2. git commit -am "Release ${version}" && git tag -a v${version} -m "upcall ${version}"
  3. npm publish ${tarball} --access public (in a workflow: with --provenance as well)
  4. git push --follow-tags
`);
