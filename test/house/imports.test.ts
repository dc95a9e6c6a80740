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
  "option-homes",
  "signed",
  "connection",
  "aborts",
  "peer",
];

/** Folders whose inner folders are places of their own. */
const divided = ["call", "session", "wire"];

/** What stands above the folder that it is in: the list of what is below that folder. */
const lists: Readonly<Record<string, string>> = { "src/session/wires.ts": "wires" };

/** The folder of a file, `ground`, or `entry` for what puts the house together. */
function placeOf(file: string): string {
  const list = lists[file];
  if (list !== undefined) return list;
  const [, first = "", ...rest] = file.split("/");
  if (rest.length === 0) return ground.includes(first.replace(".ts", "")) ? "ground" : "entry";
  return divided.includes(first) ? [first, ...rest.slice(0, -1)].join("/") : first;
}

const native = ["handshake", "output", "input", "life", "carrying", "calling", "answering"];
const below = {
  call: ["ground", "interface", "contract", "endpoint", "failure"],
  wire: ["ground", "interface", "contract", "codec", "endpoint", "failure", "call", "call/pending", "call/running"],
  walk: ["ground", "interface", "contract", "call"],
};

/** Who may import whom; everything may import its own folder. From the ground up to the entry points. */
const law: Readonly<Record<string, readonly string[]>> = {
  ground: [],
  interface: ["ground"],
  codec: ["ground"],
  "wire/native": ["ground"],
  "wire/plain": ["ground"],
  socket: ["ground"],
  contract: ["interface", "ground"],
  endpoint: ["codec", "contract", "ground"],
  failure: ["interface", "codec", "endpoint", "ground"],
  call: below.call,
  "call/pending": [...below.call, "call", "codec"],
  "call/running": [...below.call, "call"],
  "call/local": [...below.call, "call", "call/pending", "call/running", "codec"],
  "session/native/output": [...below.wire, "wire/native"],
  "session/native/input": [...below.wire, "wire/native"],
  "session/native/handshake": [...below.wire, "session", "wire/native", "session/native/output"],
  "session/native/life": [...below.wire, "wire/native", "session/native/output"],
  "session/native/streams": [...below.wire, "wire/native", "session/native/output"],
  "session/native/references": [...below.wire, "wire/native", "session/native/output", "session/native/input"],
  "session/native/carrying": [
    ...below.wire,
    "wire/native",
    "session/native/output",
    "session/native/streams",
    "session/native/references",
  ],
  "session/native/calling": [
    ...below.wire,
    "wire/native",
    "call/local",
    "session/native/handshake",
    "session/native/output",
    "session/native/references",
    "session/native/carrying",
  ],
  "session/native/answering": [
    ...below.wire,
    "wire/native",
    "session/native/handshake",
    "session/native/output",
    "session/native/input",
    "session/native/references",
    "session/native/carrying",
  ],
  "session/native": [...below.wire, "session", "wire/native", ...native.map((place) => `session/native/${place}`)],
  "session/plain": [...below.wire, "session", "wire/plain"],
  session: below.wire,
  wires: ["session", "session/native", "session/plain"],
  transport: ["socket", "ground"],
  addresses: [...below.walk, "codec", "endpoint", "failure", "call/pending", "session"],
  interceptors: [...below.walk, "endpoint"],
  proxy: below.walk,
  skeleton: below.walk,
  workers: [
    ...below.wire,
    "call/local",
    "session",
    "wires",
    // What an interface that carries objects needs of a session is handed in by `brought-along`.
    "session/native",
    "interceptors",
    "proxy",
    "skeleton",
    "transport",
    "socket",
  ],
  composition: [
    ...below.wire,
    "wire/plain",
    "session",
    "addresses",
    "interceptors",
    "proxy",
    "skeleton",
    "transport",
    "workers",
  ],
  entry: [
    ...below.wire,
    "wires",
    "session/native",
    "interceptors",
    "proxy",
    "skeleton",
    "transport",
    "socket",
    "workers",
    "composition",
  ],
};

/** What is against the law and stands there for a reason. */
const allowed: readonly (readonly [from: RegExp, to: string, reason: string])[] = [
  [
    /^src\/transport\/text\.ts$/,
    "src/codec/utf8.ts",
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

test("nothing in the law is more than what is done", () => {
  const done = new Set(imports.map(({ from, to }) => `${placeOf(from)} ${placeOf(to)}`));
  const spare = Object.entries(law)
    .flatMap(([here, allowed]) =>
      // What several places share is said once for all of them.
      allowed.filter(
        (there) => !done.has(`${here} ${there}`) && !Object.values(below).some((all) => all.includes(there)),
      ),
    )
    .map(String);
  assert.deepEqual(spare, []);
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
  const machine = ["socket", "transport", "workers", "composition", "entry"];
  for (const { from, to } of imports)
    if (from.startsWith("src/") && !machine.includes(placeOf(from)))
      assert.ok(to.startsWith("src/"), `${from} imports ${to}`);
});

test("the library needs nothing but itself and Node", () => {
  for (const { from, to } of imports) if (from.startsWith("src/")) assert.match(to, /^(?:src\/|node:)/, from);
});

test("the command goes through the entry points, and shares with the library what is done with words", () => {
  for (const { from, to } of imports)
    if (from.startsWith("cli/") && to !== "#internal/escape.js" && to !== "#internal/nearest.js")
      assert.match(to, /^(?:cli\/|node:|upcall(?:\/|$))/, from);
});

test("proxy and skeleton do not know each other, and the session knows no transport", () => {
  assert.equal(law["proxy"]?.includes("skeleton"), false);
  assert.equal(law["skeleton"]?.includes("proxy"), false);
  for (const [place, allowed] of Object.entries(law))
    if (place.startsWith("session")) assert.equal(allowed.includes("transport"), false, place);
});

/** Each wire has a folder of its own. */
const wireFolder = /^src\/session\/([^/]+)\//;

test("who connects, who has connections and who makes upcalls knows no wire by name", () => {
  for (const { from, to } of imports)
    if (/^src\/(?:addresses|composition|workers)\/(?!brought-along\.ts)/.test(from))
      assert.doesNotMatch(to, wireFolder, from);
});

test("a medium is named where an entry point lists it, and nowhere else above the transport", () => {
  const named: [file: string, medium: string][] = imports
    .map(({ from, to }): [string, string] => [from, /^src\/transport\/(tcp|unix|udp|memory)\.ts$/.exec(to)?.[1] ?? ""])
    .filter(([from, medium]) => medium !== "" && !from.startsWith("src/transport/"));
  const entries = ["src/node.ts", "src/memory.ts"];
  for (const [from, medium] of named)
    assert.ok(entries.includes(from) || from === "src/index.ts", `${from}: ${medium}`);
  for (const [file, content] of text)
    if (file.startsWith("src/composition/"))
      assert.doesNotMatch(content, /(?:===|!==|case) "(?:tcp|unix|udp|memory)"/, file);
});

test("a wire knows no other one", () => {
  for (const { from, to } of imports) {
    const [, here] = wireFolder.exec(from) ?? [];
    const [, there = here] = /^src\/(?:session|wire)\/([^/]+)\//.exec(to) ?? [];
    if (here !== undefined) assert.equal(there, here, from);
  }
});

test("a file is one thing: at 300 lines one asks, at 400 its first lines say why; half are under 130", () => {
  const lengths = [...text].map(([file, content]) => ({ file, lines: content.trimEnd().split("\n").length }));
  for (const { file, lines } of lengths) assert.ok(lines <= 400, `${file} has ${lines} lines`);
  const long = lengths.filter(({ lines }) => lines > 300).map(({ file }) => file);
  assert.ok(long.length <= 5, `so many files of more than 300 lines: ${long.join(", ")}`);
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
