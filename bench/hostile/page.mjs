// @ts-check
// `node bench/hostile/page.mjs [file]`: makes docs/hostile.md of what run.mjs kept. Every figure of that page comes from
// there; `--check` says whether the page is still what would be made.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { terminals } from "../../build/test/hostile/terminals.js";

const made = new URL("../../docs/hostile.md", import.meta.url);
const { values: given, positionals } = parseArgs({
  options: { check: { type: "boolean", default: false } },
  allowPositionals: true,
});
const [file] = positionals;
const results = JSON.parse(
  readFileSync(file === undefined ? new URL("../results-hostile.json", import.meta.url) : resolve(file), "utf8"),
);
/** @type {any[]} */
const all = Object.values(results.upcall).flat();
const peers = Object.keys(results.peers);
const page = `${[...head(), ...comparison(), ...classes(), ...commands(), ...foot()].join("\n").trimEnd()}\n`;
if (!given.check) {
  writeFileSync(made, page);
  process.stdout.write(`docs/hostile.md, ${all.length} verdicts\n`);
} else if (readFileSync(made, "utf8") !== page) {
  process.stderr.write("docs/hostile.md is not what bench/results-hostile.json gives: node bench/hostile/page.mjs\n");
  process.exitCode = 1;
}

function head() {
  const { machine, node, criterion, versions } = results;
  const kept = all.filter(({ faults }) => faults.length === 0).length;
  const most = (/** @type {string} */ what) => Math.max(...all.map((verdict) => verdict[what]));
  return [
    "<!-- Made by `node bench/hostile/page.mjs`. Changes made here by hand are lost. -->",
    "",
    "# What hostile peers may send",
    "",
    "Each input below is sent to a server in a process of its own, while another client goes on calling it. The criterion is the",
    "same for all of them:",
    "",
    "- the process lives, and the other client loses no call;",
    `- the event loop never stands still for more than ${criterion.stall} ms. A process that does not run because others do has not stalled: of the time`,
    "  between two turns no more counts than the process has computed in it, and nothing in which its thread waited for a processor;",
    `- memory grows by no more than ${criterion.memory} MiB while it lasts, after a forced collection (10,000 idle connections: 160), and all but ${criterion.left} MiB of`,
    "  that comes back;",
    "- no member that the interface does not name has run (the served objects are full of traps), and the language's own objects",
    "  are as they were;",
    "- its sender gets the documented code, a counter has moved, and no rejection or exception was left unhandled.",
    "",
    "`npm test -- hostile` plays each input at one of its doors, `npm run test:all` at all of them; there the event loop may stand",
    "still for twice as long, since a test run shares its machine. Decoders are given 200,000 inputs each besides (`npm test -- fuzz`), and",
    "two million new ones by `npm run test:all` and by `node scripts/fuzz.mjs`: nothing but an `UpcallError` may come out,",
    "none may take long, nothing may be left.",
    "Every table whose keys come from outside, and what bounds it, stands in [tables.md](tables.md).",
    "",
    `Measured on ${machine.cores} cores, ${machine.system}, Node ${node}, upcall ${versions.upcall}; ${times()}.`,
    "",
    `${kept} of ${all.length} plays kept the criterion. The longest stall was ${most("stall")} ms, the largest growth ${most("grown")} MiB.`,
    "",
  ];
}

/** When what was played, and where: not all of it has to be played at once. */
function times() {
  /** @type {Map<string, string[]>} */
  const byTime = new Map();
  for (const [name, { date, processor }] of Object.entries(results.when)) {
    const time = `${date} on ${processor}`;
    byTime.set(time, [...(byTime.get(time) ?? []), name]);
  }
  return [...byTime].map(([time, names]) => `${names.join(", ")}: ${time}`).join("; ");
}

function comparison() {
  const inputs = [...new Set(peers.flatMap((peer) => results.peers[peer].map((/** @type {any} */ { name }) => name)))];
  const titles = peers.map((peer) => `${peer} ${results.versions[peer] ?? ""}`.trim());
  return [
    "## The same inputs, given to two peers",
    "",
    "Servers of the same methods, judged by the same program; an input is written as the peer's own wire has it. A field is empty where",
    "a library has no such thing. **Bold** is what the criterion does not allow. Both peers are used as they are after an install,",
    "with no options: some of this can be bounded by options, or by a proxy in front. gRPC's raw attacks come from Node's own HTTP/2",
    "client, which holds back what it may not send. What a line says of the offender is what it was told. The peers were sent at most",
    "200,000 of anything, and gRPC messages in each other as deep as 1 MB holds them. A few milliseconds more or less say nothing: other",
    "programs used the machine as well.",
    "",
    `| input | upcall, native tcp | ${titles.join(" | ")} |`,
    `|---|---|${titles.map(() => "---|").join("")}`,
    ...inputs.map((input) => {
      const own = all.filter(({ name, door }) => name === input && /^(native|short) tcp$/.test(door))[0];
      const others = peers.map((peer) => results.peers[peer].find((/** @type {any} */ { name }) => name === input));
      return `| ${input} | ${[own, ...others].map(cell).join(" | ")} |`;
    }),
    "",
  ];
}

/** @param {any} verdict */
function cell(verdict) {
  if (verdict === undefined) return "";
  const { stall, grown, heard, faults } = verdict;
  const said = faults.length === 0 ? "kept" : `**${faults.map(short).join("; ")}**`;
  return `${said} (${stall} ms, ${grown} MiB; ${escaped(heard)})`;
}

/** @param {string} fault */
function short(fault) {
  return escaped(fault.replace(/\s+/g, " ").slice(0, 120));
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("|", "\\|").replaceAll("_", "\\_");
}

function classes() {
  return Object.entries(results.upcall).flatMap(([table, verdicts]) => [
    `## ${table[0]?.toUpperCase()}${table.slice(1)}`,
    "",
    "| input | doors | the offender is told | longest stall | grown |",
    "|---|---|---|--:|--:|",
    ...[...new Set(verdicts.map((/** @type {any} */ { name }) => name))].map((name) => {
      const same = verdicts.filter((/** @type {any} */ verdict) => verdict.name === name);
      const faults = same.flatMap((/** @type {any} */ { door, faults }) =>
        faults.map((/** @type {string} */ fault) => `${door}: ${fault}`),
      );
      const said = [...new Set(same.map((/** @type {any} */ { heard }) => heard))]
        .map((text) => escaped(text))
        .join(" or ");
      const stall = Math.max(...same.map((/** @type {any} */ verdict) => verdict.stall));
      const grown = Math.max(...same.map((/** @type {any} */ verdict) => verdict.grown));
      const broken = faults.length === 0 ? "" : ` **${faults.map(short).join("; ")}**`;
      return `| ${escaped(name)} | ${same.map((/** @type {any} */ { door }) => door).join(", ")} | ${said}${broken} | ${stall} ms | ${grown} MiB |`;
    }),
    "",
  ]);
}

/** Not measured: what a server answers to the command is shown or not. */
function commands() {
  return [
    "## Terminals",
    "",
    "What a hostile server answers to `upcall call`, `list`, `describe`, `ping` and `bench`: each time a text that sets a terminal's title,",
    "clears it, turns the order of letters round and begins lines of its own. Nothing of it reaches the terminal but as escapes, nor a",
    "pipe, where all but a plain reply is escaped as well: it may be shown later.",
    "",
    "| a server answers | what is shown |",
    "|---|---|",
    ...terminals.map(({ name, shown }) => `| ${escaped(name)} | ${escaped(shown)} |`),
    "",
  ];
}

function foot() {
  return [
    "## What is not promised",
    "",
    "- **A pool is shared.** A caller that occupies all its places with methods that do not settle makes others wait, and be refused",
    "  (`BUSY`), and a caller that ends its last worker takes along the other calls of that worker in the same turn (`WORKER_LOST`,",
    "  `unknown`). `threads:per-connection` gives each connection a worker of its own.",
    "- **Threads share a process.** One whose method fills its memory little by little keeps Node collecting, for 25 s where that was",
    "  seen, before it is ended, and those beside it may stand still for seconds of that. A process is ended within a second:",
    '  take `workers: "processes"` where a caller can make a method allocate.',
    "- **Arguments belong to the method.** A connection may have 1,024 calls that run, with 4 MiB of arguments each; a method that",
    "  keeps them while it waits keeps that memory. Lower `limits.message` or `limits.running` where strangers call such a method.",
    "- **Streams through a pool** are passed on by the server's own thread: 128 at once, of 64 KiB items, kept it for 0.1 to 0.3 s.",
    "- **Bigints** of thousands of digits are dear: a message with 600 of 4,096 digits is within the",
    "  criterion, one with 2,400 (4 MiB) took about 0.1 s. Lower `limits.bigintDigits` where they are not needed.",
    "- **Objects of tens of thousands of keys** are expensive as well, for the side that makes them: one with 10,000 is within the criterion,",
    "  20,000 and 32,000 took about 50 ms where other programs used the machine. Lower `limits.nodes` where no caller sends such.",
    "- **Many ends in the same millisecond** are seen to in one go: ten thousand idle connections took 0.2 s, all of it Node's closing of",
    "  sockets; nine with 1,000 running calls each took 70 ms, since each call's signal aborts.",
    "- **A method that computes** for seconds in the server's own thread stops that thread. That is what workers are for.",
    "",
  ];
}
