// Every type of options has its table of names, so that a misspelt option is refused and a right one is not. What is made of
// those tables, docs/options.md and where a misplaced option belongs, is up to date.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { homes } from "#internal/option-homes.js";
import { optionTable } from "#internal/option-table.js";
import { wires } from "#internal/session/wires.js";

const root = fileURLToPath(new URL("../../../src", import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(root, file), "utf8"));
const text = files.join("\n");

/** Types of options that have no table of their own, each for a reason. */
const others: Readonly<Record<string, string>> = {
  ServeObjectOptions: "the same names as ServeOptions",
  UpcallErrorOptions: "an error that cannot be made would hide what it was to tell",
  AuthOptions: "a part of ServerOptions",
  ServeOptions: "those of ServerOptions, and those that media declare",
  UdpOptions: "a part of ServeOptions, which udp: declares and the compiler compares there",
  MediumOptions: "what a medium is told of those that it declares",
  MemoryOptions: "a part of ConnectOptions",
  MemoryServeOptions: "a part of ServerOptions",
  MethodOptions: "a part of AllOptions",
  SchemaOptions: "the other part of AllOptions",
  SessionOptions: "nobody but this package makes a session",
  PlainSessionOptions: "nobody but this package makes a session",
};

test("every type of options has a table, which the compiler compares with it", () => {
  const named = new Set(
    [...text.matchAll(/^export (?:interface|type) (\w*Options?)\b/gm)].map(([, name = ""]) => name),
  );
  named.add("CallOptions");
  named.add("AllOptions");
  assert.ok(named.has("ServeOptions") && named.has("CallOptions") && named.size >= 12, [...named].join(", "));
  const without = [...named].filter((name) => !text.includes(`: Shapes<${name}> = `) && !Object.hasOwn(others, name));
  assert.deepEqual(without, []);
});

test("the reference page and the homes of options are made of the table as it is, and each option says its default", () => {
  const script = join(root, "../scripts/options.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("every table of a public function is part of the one table", () => {
  const shapes = new Set(optionTable.map((row) => row.shapes));
  assert.equal(shapes.size, optionTable.length);
  const tables = [...text.matchAll(/^export const (\w+): Shapes<\w+> = /gm)].map(([, name = ""]) => name);
  const table = readFileSync(join(root, "option-table.ts"), "utf8");
  // What is only a part of another table has no row of its own.
  for (const name of tables)
    if (!["endpointShapes"].includes(name))
      assert.match(table, new RegExp(`shapes: (?:\\{ \\.\\.\\.)?${name}\\b`), name);
});

test("what a wire declares of its own is known where it may be said", () => {
  const functions = { serve: ["serve()"], connect: ["connect()", "open()"] } as const;
  let seen = 0;
  for (const { options } of Object.values(wires))
    for (const [name, { at }] of Object.entries(options))
      for (const place of at)
        for (const each of functions[place]) {
          const row = optionTable.find((one) => one.from === "upcall" && one.functions.includes(each));
          assert.ok(row !== undefined && Object.hasOwn(row.shapes, name), `${name} of ${each}`);
          seen++;
        }
  assert.ok(seen > 0);
});

test("each option that belongs to a function of the main entry is known to be one of its", () => {
  for (const { functions, shapes, from } of optionTable)
    if (from === "upcall")
      for (const name of Object.keys(shapes))
        for (const each of functions.filter((one) => one.endsWith("()")))
          assert.ok(
            homes.some(([words, names]) => words.includes(each) && names.split(" ").includes(name)),
            `${name} of ${each}`,
          );
});
