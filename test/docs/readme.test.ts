// Every code block and command of the README and of the docs, run with the packed package.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { root, run, Stranger } from "../harness/packed.ts";
import { Console, freePort, lacking } from "./console.ts";
import { type ShownFile, sectionsOf } from "./markdown.ts";

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
  "docs/doors.md",
  "docs/closing.md",
  "docs/overload.md",
];
const sections = pages.flatMap((page) => sectionsOf(readFileSync(join(root, page), "utf8")));

/** The port that the page shows; each section gets a free one instead. */
const shownPort = /\b7000\b/g;

suite("what the README and the pages show, with the packed package", () => {
  let stranger: Stranger;
  let ports: number[];

  before(async () => {
    stranger = new Stranger();
    ports = [];
    const known = new Map<string, ShownFile>();
    for (const [number, { files }] of sections.entries()) {
      const port = await freePort();
      ports.push(port);
      mkdirSync(stranger.path(`${number}`));
      // A file that was shown once is there from then on.
      for (const file of files) known.set(file.name, file);
      for (const { name, text } of known.values())
        writeFileSync(stranger.path(join(`${number}`, name)), text.replace(shownPort, `${port}`));
    }
    writeFileSync(stranger.path("tsconfig.json"), known.get("tsconfig.json")?.text ?? "");
  });
  after(() => stranger[Symbol.dispose]());

  test("compiles with the options it names", () => {
    // Installed without a network: the types that the page has installed are the checkout's.
    const types = ["--typeRoots", join(root, "node_modules", "@types")];
    run(process.execPath, [tsc, "-p", ".", ...types], stranger.folder);
  });

  for (const [number, { title, commands }] of sections.entries()) {
    if (commands.length === 0) continue;
    test(title, async (t) => {
      await using shell = new Console(stranger.path(`${number}`));
      for (const { command, prints } of commands) {
        const reason = lacking(command);
        if (reason !== null) {
          t.diagnostic(`not run: ${command}: ${reason}`);
          continue;
        }
        const ported = (line: string): string => line.replace(shownPort, `${ports[number]}`);
        await shell.run({ command: ported(command), prints: prints.map(ported) });
      }
      await shell.interrupt();
    });
  }
});
