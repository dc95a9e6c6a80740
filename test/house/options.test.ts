// Every type of options has its table of names, so that a misspelt option is refused and a right one is not.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { homes } from "#internal/options.js";

const root = fileURLToPath(new URL("../../../src", import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(root, file), "utf8"));
const text = files.join("\n");

/** Types of options that have no table of their own, each for a reason. */
const others: Readonly<Record<string, string>> = {
  ServeObjectOptions: "the same names as ServeOptions",
  UpcallErrorOptions: "an error that cannot be made would hide what it was to tell",
  DoorOptions: "a part of ServeOptions",
  MethodOptions: "a part of AllOptions, with args and returns",
  SessionOptions: "nobody but this package makes a session",
  PlainSessionOptions: "nobody but this package makes a session",
  PlainCallerOptions: "nobody but this package makes a session",
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

test("an option that belongs elsewhere is one there", () => {
  const names = new Set([...text.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, name = ""]) => name));
  for (const name of Object.keys(homes)) assert.ok(names.has(name), name);
});
