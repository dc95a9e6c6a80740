// Packing from a fresh clone builds the package, and the README's steps of installing it are all that is needed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { Console, freePort } from "../docs/console.ts";
import { sectionsOf } from "../docs/markdown.ts";
import { packed, root, run } from "../harness/packed.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");
/** The files that a clone of what is here would have; null where this is no clone itself. */
const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
  cwd: root,
  encoding: "utf8",
});
const files =
  listed.status === 0 ? listed.stdout.split("\0").filter((name) => existsSync(join(root, name)) && name !== "") : null;

/** The commands of the console in the README's section on installing. */
const [, text = ""] = readme.split("\n## Install\n");
const steps = (/^```console\n([\s\S]*?)^```$/m.exec(text)?.[1] ?? "")
  .trimEnd()
  .split("\n")
  .map((line) => line.replace("$ ", ""));

suite("from a fresh checkout", {
  skip: files === null ? "this is no clone, so there is no list of its files" : false,
}, () => {
  let folder: string;
  let checkout: string;
  let tarball: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "upcall-steps-"));
    checkout = join(folder, "upcall");
    for (const name of files ?? []) {
      mkdirSync(dirname(join(checkout, name)), { recursive: true });
      cpSync(join(root, name), join(checkout, name));
    }
    // The pinned packages, without a network.
    symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
    assert.equal(steps[0], "npm pack");
    run("npm", ["pack"], checkout);
    const [made = ""] = readdirSync(checkout).filter((name) => name.endsWith(".tgz"));
    tarball = join(checkout, made);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("npm pack packs what is packed of a checkout that is built", () => {
    const namesIn = (file: string): string[] => run("tar", ["-tzf", file], folder).stdout.trim().split("\n").toSorted();
    assert.deepEqual(namesIn(tarball), namesIn(packed()));
    assert.ok(namesIn(tarball).includes("package/lib/index.js"));
  });

  test("a build that is up to date is left alone by packing", () => {
    const stamps = (): string[] =>
      readdirSync(join(checkout, "lib")).map((name) => {
        const { ino, mtimeMs } = statSync(join(checkout, "lib", name));
        return `${name} ${ino} ${mtimeMs}`;
      });
    const before = stamps();
    run("npm", ["pack"], checkout);
    assert.deepEqual(stamps(), before);
  });

  test("the README's steps make a folder in which its first screen compiles and runs", async () => {
    let at = checkout;
    for (const step of steps.slice(1)) {
      const [command = "", ...args] = step.split(" ");
      if (command === "cd") at = join(at, args[0] ?? "");
      else if (step === "npm install --save-dev typescript @types/node")
        run(
          "npm",
          [
            "install",
            "--offline",
            "--no-audit",
            "--no-fund",
            "--save-dev",
            ...args.slice(2).map((name) => join(root, "node_modules", name)),
          ],
          at,
        );
      else if (step.startsWith("npm install ")) run("npm", [...args, "--offline", "--no-audit", "--no-fund"], at);
      else run(command, args, at);
    }
    assert.deepEqual(
      [JSON.parse(readFileSync(join(at, "package.json"), "utf8")).type, dirname(at)],
      ["module", folder],
    );
    const [first, install] = sectionsOf(readme);
    const port = await freePort();
    const ported = (line: string): string => line.replaceAll("7000", `${port}`);
    const tsconfig = install?.files.find(({ name }) => name === "tsconfig.json");
    for (const { name, text: content } of [...(first?.files ?? []), ...(tsconfig === undefined ? [] : [tsconfig])])
      writeFileSync(join(at, name), ported(content));
    run("npx", ["--no", "tsc"], at);
    await using shell = new Console(at);
    for (const { command, prints } of first?.commands ?? [])
      await shell.run({ command: ported(command), prints: prints.map(ported) });
    await shell.interrupt();
  });
});
