// Makes of the table of options (src/option-table.ts) what is read elsewhere: docs/options.md, and src/option-homes.ts, by which
// an error says where a misplaced option belongs. The sentences are the doc comments of the options' own types, so nothing is
// said twice. With --check it writes nothing, and fails where one of them is not up to date: after a change, `npm run options`.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultLimits, leastLimits, longestTimer } from "../dist/limits.js";
import { optionTable } from "../dist/option-table.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @typedef {{ doc: string, type: string, optional: boolean, owner: string }} Field */

/** The fields of every interface of src/, with their doc comments. */
const interfaces = new Map();
for (const file of readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }))
  if (file.endsWith(".ts")) readInterfaces(readFileSync(join(root, "src", file), "utf8"));

/** @param {string} source */
function readInterfaces(source) {
  const blocks = /^(?:export )?interface (\w+)(?:<(.*)>)?(?: extends ([^{]*?))? \{\n([\s\S]*?)^\}/gm;
  for (const [, name = "", parameters = "", parents = "", body = ""] of source.matchAll(blocks)) {
    const fields = new Map();
    const field = /^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(?:readonly )?(\w+)(\?)?: ([\s\S]*?);$/gm;
    for (const [, doc = "", key = "", optional, type = ""] of body.matchAll(field))
      fields.set(key, {
        doc: oneLine(doc),
        type: shown(type, parameters),
        optional: optional !== undefined,
        owner: name,
      });
    interfaces.set(name, { parents: parents.split(",").map((parent) => parent.trim()), fields });
  }
}

/** @param {string} doc */
function oneLine(doc) {
  return doc
    .replaceAll(/\n\s*\* ?/g, " ")
    .replaceAll(/\{@link (\w+)\}/g, "`$1`")
    .trim();
}

/**
 * A type as it is written, without undefined, and with a type parameter's default in its place.
 *
 * @param {string} type @param {string} parameters
 */
function shown(type, parameters) {
  const [, otherwise] = new RegExp(`\\b${type.trim()} = ([^,>]+)`).exec(parameters) ?? [];
  return (otherwise ?? type).replaceAll(/\s+/g, " ").replace(/ \| undefined$/, "");
}

/**
 * The first of some interfaces, or of those that they extend, that has a field.
 *
 * @param {readonly string[]} types @param {string} key @returns {Field | undefined}
 */
function fieldOf(types, key) {
  for (const type of types) {
    const { fields, parents } = interfaces.get(type) ?? { fields: new Map(), parents: [] };
    const found = fields.get(key) ?? fieldOf(parents, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @param {readonly string[]} names */
function inWords(names) {
  const [last = "", ...before] = names.toReversed();
  return before.length === 0 ? last : `${before.toReversed().join(", ")} and ${last}`;
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll("|", "\\|");
}

/** Takes the sentence that says the default from a doc comment. @param {string} doc */
function apart(doc) {
  // The default is the last sentence, so that its end is the comment's.
  const [, what, otherwise] = /^([\s\S]*?)\s*\bDefault:? ([\s\S]+)\.$/.exec(doc) ?? [];
  return { what: what ?? doc, otherwise: otherwise ?? null };
}

/** @param {import("../dist/options.js").Shape | undefined} shape */
function limitsIn(shape) {
  // No option is a symbol, so it says what it must be, where it says anything.
  return shape?.(Symbol("an option")) ?? "";
}

const problems = [];
/** Options by the functions that know them and the interface that declares them, in the order of the table. */
const groups = new Map();
for (const { functions, types, shapes, from } of optionTable)
  for (const [name, shape] of Object.entries(shapes)) {
    const found = fieldOf(types, name);
    if (found === undefined) {
      problems.push(`${name} of ${inWords(functions)} has no doc comment in ${types.join(", ")}`);
      continue;
    }
    const key = `${from} ${found.owner} ${name}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { ...found, name, shape, from, functions: [...functions] });
    else known.functions.push(...functions);
  }

/** @param {string} from */
function sections(from) {
  const byFunctions = new Map();
  for (const option of groups.values()) {
    if (option.from !== from) continue;
    const title = inWords(option.functions);
    byFunctions.set(title, [...(byFunctions.get(title) ?? []), option]);
  }
  let text = "";
  for (const [title, options] of byFunctions) {
    const level = from === "upcall" ? "##" : "###";
    text += `\n${level} ${title}\n\n| option | type | default | it must be | what it does |\n|---|---|---|---|---|\n`;
    for (const { name, doc, type, optional, shape } of options) {
      const { what, otherwise } = apart(doc);
      if (otherwise === null && optional) problems.push(`the doc comment of ${name} does not end with its default`);
      const row = [`\`${name}\``, `\`${type}\``, otherwise ?? "it must be given", limitsIn(shape), what];
      text += `| ${row.map(cell).join(" | ")} |\n`;
    }
  }
  return text;
}

function limitRows() {
  let text = "| limit | unit | default | at least | what it limits |\n|---|---|---|---|---|\n";
  for (const [name, value] of Object.entries(defaultLimits)) {
    const found = fieldOf(["Limits"], name);
    if (found === undefined) problems.push(`limits.${name} has no doc comment`);
    const unit = /\b(Bytes|Milliseconds)\b/i.exec(found?.doc.split(/[.:]/, 1)[0] ?? "")?.[1]?.toLowerCase() ?? "number";
    const least = leastLimits[name] ?? 0;
    const row = [`\`${name}\``, unit, value.toLocaleString("en"), least.toLocaleString("en"), found?.doc ?? ""];
    text += `| ${row.map(cell).join(" | ")} |\n`;
  }
  return text;
}

function page() {
  return `# Options

Every option of every public function, with its type, its default and what it must be. An option that is not known, or cannot
be, is refused with INVALID_ARGUMENT (BAD_OPTION), with the name that may have been meant, or the function that it belongs to.
An option that is \`undefined\` says nothing, but for \`authenticate\` and \`authorize\`. The page is made by \`npm run options\` from the table that the functions
check against and from the doc comments of the types, so an editor shows the same sentences.

In a browser, \`upcall\` is \`upcall/memory\`: what its medium and its wire cannot do is refused there with
UNIMPLEMENTED (NOT_SUPPORTED).
${sections("upcall")}
## limits of serve(), connect() and open()

Each is met with an error that names it, and moves a counter. No time may be longer than ${longestTimer.toLocaleString("en")} milliseconds.

${limitRows()}
## upcall/socket
${sections("upcall/socket")}`;
}

function homes() {
  const functionsOf = new Map();
  for (const { functions, shapes, from } of optionTable)
    if (from === "upcall")
      for (const name of Object.keys(shapes))
        functionsOf.set(name, [...(functionsOf.get(name) ?? []), ...functions.filter((each) => each.endsWith("()"))]);
  const namesOf = new Map();
  for (const [name, functions] of functionsOf) {
    if (functions.length === 0) continue;
    const words = inWords(functions);
    namesOf.set(words, [...(namesOf.get(words) ?? []), name]);
  }
  const rows = [...namesOf].map(([words, names]) => {
    const row = `  [${JSON.stringify(words)}, ${JSON.stringify(names.join(" "))}],`;
    return row.length <= 120
      ? row
      : `  [\n    ${JSON.stringify(words)},\n    ${JSON.stringify(names.join(" "))},\n  ],`;
  });
  return `// Ground: where each option belongs. Made by scripts/options.mjs of option-table.ts; a test compares both.

export const homes: readonly (readonly [functions: string, options: string])[] = [
${rows.join("\n")}
];
`;
}

const check = process.argv.includes("--check");
for (const [file, text] of [
  ["docs/options.md", page()],
  ["src/option-homes.ts", homes()],
]) {
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  if (check) problems.push(`${file} is not up to date: npm run options`);
  else writeFileSync(path, text);
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
