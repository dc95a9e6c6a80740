// Every code block and command of the README and of the docs, with the packed package: all of them compile; the commands
// are run in the gate.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { root, run, Stranger } from "../harness/packed.ts";
import { needs } from "../harness/programs.ts";
import { reaches } from "../harness/tier.ts";
import { Console, foreignIn, freePort } from "./console.ts";
import { sectionsOf } from "./markdown.ts";

const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
/** Files that a page shows are there for the pages behind it. */
const pages = [
  "README.md",
  "docs/references.md",
  "docs/pipelining.md",
  "docs/streams.md",
  "docs/long-messages.md",
  "docs/deadlines.md",
  "docs/context.md",
  "docs/interceptors.md",
  "docs/addresses.md",
  "docs/errors.md",
  "docs/auth.md",
  "docs/media.md",
  "docs/closing.md",
  "docs/overload.md",
];
const sections = pages.flatMap((page) => sectionsOf(readFileSync(join(root, page), "utf8")));

/** Commands of programs that are not on every machine, and why one cannot be run. */
const foreign = new Map(
  sections
    .flatMap(({ commands }) => commands)
    .map(({ command }) => {
      const program = foreignIn(command);
      return [command, program === null ? false : needs(program)];
    }),
);

/** The port that the pages show; a free one stands for it. */
const shownPort = /\b7000\b/g;

suite("what the README and the pages show, with the packed package", () => {
  let stranger: Stranger;
  let port: number;
  const ported = (line: string): string => line.replace(shownPort, `${port}`);

  before(async () => {
    stranger = new Stranger();
    port = await freePort();
    for (const { name, text } of sections.flatMap(({ files }) => files))
      writeFileSync(stranger.path(name), ported(text));
  });
  after(() => stranger[Symbol.dispose]());

  test("stands in files that are there when another imports them, and are shown once", () => {
    const known = new Set<string>();
    for (const { files } of sections) {
      for (const { name } of files) {
        assert.ok(!known.has(name), `${name} is shown twice`);
        known.add(name);
      }
      for (const { name, text } of files)
        for (const [, imported = ""] of text.matchAll(/from "\.\/([\w-]+)\.js"/g))
          assert.ok(known.has(`${imported}.ts`), `${name} imports ${imported}.ts, which is shown later or nowhere`);
    }
  });

  test("compiles with the options it names", () => {
    // Installed without a network: the types that the page has installed are the checkout's.
    const types = ["--typeRoots", join(root, "node_modules", "@types")];
    run(process.execPath, [tsc, "-p", ".", ...types], stranger.folder);
  });

  for (const { title, commands } of sections) {
    if (commands.length === 0 || !reaches("gate")) continue;
    test(title, async (t) => {
      await using shell = new Console(stranger.folder);
      for (const { command, prints } of commands) {
        const missing = foreign.get(command) ?? false;
        if (missing !== false) {
          t.diagnostic(`not run: ${command}: ${missing}`);
          continue;
        }
        await shell.run({ command: ported(command), prints: prints.map(ported) });
      }
      await shell.interrupt();
    });
  }
});
