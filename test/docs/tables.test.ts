// Tables, links and figures of README and docs are true: what goes with what, examples, folders, decisions, defaults,
// and no dead link.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { suite, test } from "node:test";
import { defaultLimits, media, refusal, type WorkersKind } from "upcall";
import { wireNames } from "#internal/composition/endpoint-options.js";
import { wires } from "#internal/session/wires.js";
import { root } from "../harness/packed.ts";
import { tableBelow } from "./markdown.ts";

const read = (file: string): string => readFileSync(join(root, file), "utf8");
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "test/README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((f) => `docs/${f}`),
];
const markdown = pages.filter((file) => file.endsWith(".md"));

suite("the pages and the program", () => {
  for (const page of ["README.md", "docs/architecture.md"]) {
    test(`${page}: what goes with what`, () => {
      const columns: WorkersKind[] = [
        "inline",
        "threads",
        "processes",
        "threads per connection",
        "processes per connection",
      ];
      const wanted = media.flatMap((medium) =>
        wireNames.map((wire) => [
          medium,
          wire,
          ...columns.map((workers) => (refusal(medium, wire, workers) === null ? "yes" : "no")),
        ]),
      );
      const shown = tableBelow(read(page), "## What goes with what");
      assert.deepEqual(shown.map((row) => row.join(" ")).sort(), wanted.map((row) => row.join(" ")).sort());
    });
  }

  test("docs/architecture.md: what each wire carries", () => {
    const yes = (one: boolean): string => (one ? "yes" : "no");
    const wanted = wires.map(({ name, multiplexed, traits }) => [
      name,
      yes(multiplexed),
      traits.interfaces,
      ...[traits.metadata, traits.references, traits.streams, traits.identity, traits.ping, traits.reflection].map(yes),
    ]);
    assert.deepEqual(tableBelow(read("docs/architecture.md"), "## What each wire carries"), wanted);
  });

  test("README: every example, and none that is not there", () => {
    const there = readdirSync(join(root, "examples")).filter((name) =>
      existsSync(join(root, "examples", name, "main.ts")),
    );
    const shown = tableBelow(read("README.md"), "## Sockets").map(
      ([command]) => /^`npm run -s example -- ([\w-]+)/.exec(command ?? "")?.[1] ?? "no example",
    );
    assert.deepEqual(shown.toSorted(), there.toSorted());
  });

  test("docs/architecture.md: every folder of src", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const shown = tableBelow(read("docs/architecture.md"), "## The folders").map(([first]) => first ?? "");
    for (const { name } of folders)
      assert.ok(
        shown.some((cell) => cell.startsWith(`\`src/${name}/`)),
        `src/${name} is missing`,
      );
    for (const [, path = ""] of shown.join().matchAll(/`((?:src|cli)\/(?:\w+\/)*)`/g))
      assert.ok(existsSync(join(root, path)), `${path} is not there`);
  });

  test("CONTRIBUTING.md: every folder of src is in the picture, above all that it may import", () => {
    const [, picture = ""] = /```text\n([\s\S]*?)```/.exec(read("CONTRIBUTING.md")) ?? [];
    const floors = picture.split("\n").map((line) => Array.from(line.matchAll(/([a-z]+)\//g), ([, name = ""]) => name));
    const floorOf = (name: string): number => floors.findIndex((names) => names.includes(name));
    const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(floors.flat().sort(), folders.map(({ name }) => name).sort());
    for (const { name } of folders)
      for (const file of readdirSync(join(root, "src", name), { recursive: true, encoding: "utf8" }))
        if (file.endsWith(".ts"))
          for (const [, path = ""] of read(`src/${name}/${file}`).matchAll(
            /^(?:im|ex)port (?!type )[^;]* from "(\.[^"]+)";/gm,
          )) {
            const [first = "", second] = relative("src", join("src", name, dirname(file), path)).split(sep);
            if (second !== undefined && first !== name)
              assert.ok(floorOf(name) < floorOf(first), `src/${name}/${file} imports ${first}/, which is not below it`);
          }
  });

  test("docs/decisions: numbered without a gap, each with its number in its title", () => {
    const files = readdirSync(join(root, "docs", "decisions")).sort();
    for (const [index, file] of files.entries()) {
      assert.ok(file.startsWith(`${String(index + 1).padStart(4, "0")}-`), file);
      assert.ok(read(`docs/decisions/${file}`).startsWith(`# ${index + 1}. `), file);
    }
  });

  test("the numbers that the README names are the defaults", () => {
    assert.deepEqual([defaultLimits.timeout, defaultLimits.drain, defaultLimits.grace], [30_000, 10_000, 1_000]);
    assert.equal(defaultLimits.workersPerConnection, 64);
  });

  for (const page of markdown) {
    test(`${page}: what it links to and the files it names are there`, () => {
      const text = read(page);
      for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g))
        assert.ok(existsSync(join(root, dirname(page), link)), `${link} is not there`);
      for (const [, file = ""] of text.matchAll(/`((?:src|docs|test|cli|examples)\/[\w./-]+\.(?:ts|md|json))`/g))
        assert.ok(existsSync(join(root, file)), `${file} is not there`);
    });
  }
});
