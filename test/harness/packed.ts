// For the suites that use upcall as a stranger does: the packed package, and empty folders outside the checkout with the
// package installed in them.
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs a program to its end. Throws with all it said when its exit code is another than the one expected. */
export function run(command: string, args: readonly string[], cwd: string, code = 0): SpawnSyncReturns<string> {
  const ended = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 60_000 });
  if (ended.status === code) return ended;
  const how = ended.error?.message ?? `code ${ended.status}, signal ${ended.signal}`;
  throw new Error(`${command} ${args.join(" ")} ended with ${how}:\n${ended.stdout}${ended.stderr}`);
}

/** The tarball of what is built now; packed once, whoever asks first. */
export function packed(): string {
  const folder = join(root, "build", "packed", stamp());
  const tarball = join(folder, "upcall.tgz");
  if (existsSync(tarball)) return tarball;
  mkdirSync(join(root, "build", "packed"), { recursive: true });
  const mine = mkdtempSync(join(root, "build", "packed", "making-"));
  run("npm", ["pack", "--ignore-scripts", "--pack-destination", mine], root);
  const [made] = readdirSync(mine);
  renameSync(join(mine, made ?? ""), join(mine, "upcall.tgz"));
  try {
    renameSync(mine, folder);
  } catch {
    // Another test file was faster; its tarball is the same.
    rmSync(mine, { recursive: true });
  }
  return tarball;
}

/** Names what is built: it changes with every file that is packed. */
function stamp(): string {
  const top = ["package.json", "README.md", "LICENSE"].map((file) => join(root, file));
  const files = [...top, ...filesIn("dist"), ...filesIn("lib"), ...filesIn("docs")];
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  return `${files.length}-${newest}`;
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(root, folder, file));
}

/**
 * A folder outside the checkout with the packed package in it, as npm would put it there: test/packaging/steps.test.ts has
 * npm do it. Disposed of, it is gone.
 */
export class Stranger implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "upcall-stranger-"));

  constructor() {
    writeFileSync(this.path("package.json"), JSON.stringify({ name: "stranger", version: "1.0.0", type: "module" }));
    const modules = this.path("node_modules");
    mkdirSync(join(modules, ".bin"), { recursive: true });
    run("tar", ["-xzf", packed()], modules);
    renameSync(join(modules, "package"), join(modules, "upcall"));
    const command = join("upcall", "dist", "cli", "main.js");
    chmodSync(join(modules, command), 0o755);
    symlinkSync(join("..", command), join(modules, ".bin", "upcall"));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
