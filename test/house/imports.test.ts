// The architecture of src: which folder may import which, no circles, no dependencies, no long files, and names that
// mean something.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));
}

const text: ReadonlyMap<string, string> = new Map(
  [...filesIn("src"), ...filesIn("cli")].map((file) => [file, readFileSync(join(root, file), "utf8")]),
);
const files = [...text.keys()].filter((file) => file.startsWith("src/"));

const statement = /^(?:import|export)\s+(type\s+)?(?:[^;'"]*?\sfrom\s+)?"([^"]+)";/gm;

function importsOf(file: string): Import[] {
  return [...(text.get(file) ?? "").matchAll(statement)].map(([whole, typeWord, target = ""]) => ({
    from: file,
    to: target.startsWith(".") ? normalize(join(dirname(file), target)) : target,
    typeOnly: typeWord !== undefined || /^(?:import|export)\s+\{(?:\s*type\s[^,}]+,?)+\s*\}/.test(whole),
  }));
}

const imports = [...text.keys()].flatMap(importsOf);

/** Files that every stage of the walk knows. */
const ground = [
  "errors",
  "limits",
  "clock",
  "counters",
  "observer",
  "leak",
  "incident",
  "escape",
  "hook",
  "inspect",
  "log",
  "nearest",
  "options",
  "signed",
  "connection",
  "aborts",
];

/** The folder of a file, `ground`, or `door` for what puts the house together. */
function placeOf(file: string): string {
  const [, first = "", second] = file.split("/");
  if (second !== undefined) return first;
  return ground.includes(first.replace(".ts", "")) ? "ground" : "door";
}

/** Who may import whom; everything may import its own folder. */
const law: Readonly<Record<string, readonly string[]>> = {
  ground: [],
  interface: ["ground"],
  codec: ["ground"],
  wire: ["ground"],
  socket: ["ground"],
  session: ["interface", "codec", "wire", "ground"],
  transport: ["socket", "ground"],
  addresses: ["interface", "session", "codec", "ground"],
  interceptors: ["interface", "session", "ground"],
  proxy: ["interface", "session", "ground"],
  skeleton: ["interface", "session", "ground"],
  workers: [
    "interceptors",
    "proxy",
    "skeleton",
    "session",
    "transport",
    "interface",
    "codec",
    "wire",
    "socket",
    "ground",
  ],
  composition: [
    "workers",
    "addresses",
    "interceptors",
    "proxy",
    "skeleton",
    "session",
    "transport",
    "interface",
    "codec",
    "wire",
    "socket",
    "ground",
  ],
  door: [
    "composition",
    "workers",
    "addresses",
    "interceptors",
    "proxy",
    "skeleton",
    "session",
    "transport",
    "interface",
    "codec",
    "wire",
    "socket",
    "ground",
  ],
};

/** What is against the law and stands there for a reason. */
const allowed: readonly (readonly [from: RegExp, to: string, reason: string])[] = [
  [
    /^src\/transport\/text\.ts$/,
    "src/codec/text.ts",
    "types only: the shape of the platform's ways with text, which it hands in",
  ],
];

test("imports run one way only", () => {
  for (const { from, to, typeOnly } of imports) {
    if (!from.startsWith("src/") || !to.startsWith("src/")) continue;
    const [here, there] = [placeOf(from), placeOf(to)];
    const exception = allowed.some(([file, target]) => file.test(from) && target === to && typeOnly);
    assert.ok(here === there || exception || law[here]?.includes(there), `${from} imports ${to}`);
  }
});

test("every folder has a place in the law", () => {
  const places = new Set(files.map(placeOf));
  assert.deepEqual(
    [...places].filter((place) => law[place] === undefined),
    [],
  );
});

test("the exceptions are still needed", () => {
  for (const [from, to] of allowed)
    assert.ok(
      imports.some((one) => from.test(one.from) && one.to === to),
      `${from.source}`,
    );
});

test("no file imports itself in a circle", () => {
  const state = new Map<string, "open" | "done">();
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === "done") return;
    assert.notEqual(state.get(file), "open", [...path, file].join(" -> "));
    state.set(file, "open");
    for (const { to } of importsOf(file)) if (text.has(to)) visit(to, [...path, file]);
    state.set(file, "done");
  };
  for (const file of text.keys()) visit(file, []);
});

test("every import is of a file that is there", () => {
  for (const { from, to } of imports)
    if (to.startsWith("src/") || to.startsWith("cli/")) assert.ok(text.has(to), `${from} imports ${to}`);
});

test("what a browser is built from knows no Node", () => {
  const pure = ["interface", "codec", "wire", "session", "addresses", "interceptors", "proxy", "skeleton", "ground"];
  for (const { from, to } of imports)
    if (from.startsWith("src/") && pure.includes(placeOf(from)))
      assert.ok(to.startsWith("src/"), `${from} imports ${to}`);
});

test("the library needs nothing but itself and Node", () => {
  for (const { from, to } of imports) if (from.startsWith("src/")) assert.match(to, /^(?:src\/|node:)/, from);
});

test("the command goes through the public doors, and shares with the library what is done with words", () => {
  for (const { from, to } of imports)
    if (from.startsWith("cli/") && to !== "#internal/escape.js" && to !== "#internal/nearest.js")
      assert.match(to, /^(?:cli\/|node:|upcall(?:\/|$))/, from);
});

test("proxy and skeleton do not know each other, and the session knows no transport", () => {
  assert.equal(law["proxy"]?.includes("skeleton"), false);
  assert.equal(law["skeleton"]?.includes("proxy"), false);
  assert.equal(law["session"]?.includes("transport"), false);
});

test("a file is one thing: none is over 300 lines, half are under 130", () => {
  const lengths = [...text].map(([file, content]) => ({ file, lines: content.trimEnd().split("\n").length }));
  for (const { file, lines } of lengths) assert.ok(lines <= 300, `${file} has ${lines} lines`);
  const sorted = lengths.map(({ lines }) => lines).toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  assert.ok(median <= 130, `the median is ${median}`);
});

test("a file opens with its place on the call's walk", () => {
  for (const [file, content] of text) assert.match(content, /^(?:#![^\n]*\n)?\/\/ \S/, file);
});

test("no folder or file has a name that means nothing", () => {
  for (const file of text.keys())
    assert.doesNotMatch(file, /(?:^|\/)(?:utils?|helpers?|common|core|misc|shared)(?:\/|\.ts$)/, file);
});

test("user code is entered in one place", () => {
  const entering = [...text].filter(
    ([file, content]) =>
      file.startsWith("src/") &&
      !file.startsWith("src/socket/") &&
      /Reflect\.apply\(|\.body\.(?:call|apply)\(/.test(content),
  );
  assert.deepEqual(
    entering.map(([file]) => file),
    ["src/skeleton/upcall.ts"],
  );
});
