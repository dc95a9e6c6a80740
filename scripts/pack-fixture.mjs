// Packs an older version of upcall for test/versions, which tries old clients with new servers and the reverse:
// `node scripts/pack-fixture.mjs 1064a83`. Of what `npm pack` makes of that commit it keeps what runs: lib/, package.json and LICENSE.
// The same commit gives the same bytes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const [commit = ""] = process.argv.slice(2);
if (commit === "" || commit.startsWith("-")) {
  process.stderr.write("say which commit: node scripts/pack-fixture.mjs 1064a83\n");
  process.exit(2);
}

/** @param {string} cwd @param {string} command @param {string[]} args */
function run(cwd, command, ...args) {
  const { status, stdout } = spawnSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
  return stdout.trim();
}

/**
 * The files of a tar archive that are wanted, with their heads as they are: 512 bytes, where the name stands first and the
 * length in octal digits at 124. The archives of npm have no longer names.
 *
 * @param {Buffer} tar @param {RegExp} wanted
 */
function only(tar, wanted) {
  const parts = [];
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const name = tar.toString("utf8", at, at + 100).replace(/\0.*/s, "");
    const length = Number.parseInt(tar.toString("latin1", at + 124, at + 136), 8);
    const end = at + 512 + Math.ceil(length / 512) * 512;
    if (wanted.test(name)) parts.push(tar.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const folder = mkdtempSync(join(tmpdir(), "upcall-fixture-"));
try {
  run(root, "git", "clone", "--quiet", "--no-checkout", root, folder);
  run(folder, "git", "checkout", "--quiet", commit);
  const hash = run(folder, "git", "rev-parse", "--short=7", "HEAD");
  const lock = (/** @type {string} */ of) => readFileSync(join(of, "package-lock.json"), "utf8");
  // The packages that are here already, where they are the same; else that commit's own are installed.
  if (lock(folder) === lock(root)) symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const packed = run(folder, "npm", "pack", "--silent").split("\n").at(-1) ?? "";
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const slim = only(gunzipSync(readFileSync(join(folder, packed))), /^package\/(?:lib\/.*|package\.json|LICENSE)$/);
  const made = join("test", "versions", `upcall-${version}-${hash}.tgz`);
  const bytes = gzipSync(slim, { level: 9 });
  writeFileSync(join(root, made), bytes);
  process.stdout.write(`${made}: ${Math.round(bytes.length / 1024)} KiB\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
