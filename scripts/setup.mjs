// All the set-up a fresh clone needs: the pinned packages, then the build. Run before `npm start` and `npm test`, so
// that neither wants anything done by hand. Both steps are skipped or nearly free when nothing has changed.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const installed = join(root, "node_modules", ".package-lock.json");
const wanted = join(root, "package-lock.json");

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

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs) {
  step("installing the pinned packages", "npm", ["ci", "--no-audit", "--no-fund"]);
}
step("building", process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-b", root]);
