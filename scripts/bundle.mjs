// Makes lib/ of src/: what the package runs is a few files instead of three hundred modules. Loading it takes little
// more than a quarter of the time, in every worker as well, and a collection has less to go through
// (docs/decisions/0039-few-files.md).
// Names and the parts' file names stay, so that a stack says where it is. dist/ keeps the single modules:
// `node --conditions=upcall-modules` runs them.
// Files that are what they should be are left alone: other programs may be running them.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const lib = join(root, "lib");
const { outputFiles } = await build({
  absWorkingDir: root,
  // The package's entry points, and where workers begin; all in one folder, since code that is shared finds those by their names.
  entryPoints: {
    index: "src/index.ts",
    memory: "src/memory.ts",
    socket: "src/socket/index.ts",
    "entry-thread": "src/workers/entry-thread.ts",
    "entry-process": "src/workers/entry-process.ts",
    "thread-entry": "src/socket/thread-entry.ts",
    "process-entry": "src/socket/process-entry.ts",
  },
  outdir: "lib",
  write: false,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  external: ["node:*"],
  target: "es2022",
  logLevel: "warning",
});
mkdirSync(lib, { recursive: true });
for (const { path, contents } of outputFiles) {
  if (existsSync(path) && readFileSync(path).equals(contents)) continue;
  writeFileSync(`${path}.new`, contents);
  renameSync(`${path}.new`, path);
}
const made = new Set(outputFiles.map(({ path }) => basename(path)));
for (const name of readdirSync(lib)) if (!made.has(name)) rmSync(join(lib, name), { recursive: true });
