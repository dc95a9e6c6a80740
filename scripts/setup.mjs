// All the set-up a fresh clone needs: the pinned packages, then the build. Run before `npm start`, `npm test` and `npm pack`, so
// that none wants anything done by hand. All steps are skipped or nearly free when nothing has changed: files that are what
// they should be are left alone, since other programs may be running them.
// `node scripts/setup.mjs package` makes only what is packed, without tests and examples.
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const installed = join(root, "node_modules", ".package-lock.json");
const wanted = join(root, "package-lock.json");

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`upcall needs Node 20.19 or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}

/** @param {string} what @param {string} command @param {string[]} args */
function step(what, command, args) {
  process.stderr.write(`${what} ...\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (error) process.stderr.write(`${command} could not be started: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * The compiler leaves what it made of a source that is gone; a test that is gone would still be run, a module packed.
 *
 * @param {string} made @param {string} from
 */
function sweep(made, from) {
  if (!existsSync(join(root, made))) return;
  for (const file of readdirSync(join(root, made), { recursive: true, encoding: "utf8" })) {
    const source = file.replace(/(\.d\.ts|\.js)$/, ".ts");
    if (source === file || existsSync(join(root, from, source))) continue;
    // dist/cli is made of cli/, not of src/cli/.
    if (made === "dist" && existsSync(join(root, source))) continue;
    rmSync(join(root, made, file));
  }
}

// `npm ci` empties a linked folder through the link: what it belongs to would lose its packages.
const linked = lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
if (linked) process.stderr.write("node_modules is a link: its packages are taken as they are\n");
else if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs) {
  step("installing the pinned packages", "npm", ["ci", "--no-audit", "--no-fund"]);
}
for (const [made, from] of [
  ["dist", "src"],
  [join("build", "test"), "test"],
  [join("build", "examples"), "examples"],
])
  sweep(made, from);
const parts = process.argv[2] === "package" ? [join(root, "src"), join(root, "cli")] : [root];
step("building", process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-b", ...parts]);
step("bundling", process.execPath, [join(root, "scripts", "bundle.mjs")]);
