// @ts-check
// `node bench/report.mjs [file]`: makes docs/performance.md and its plots from bench/results.json, or from the file
// given. Every figure of that page comes from there; `--check` says whether the page is still what would be made.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { mediansOf } from "./beside/measure.mjs";
import { contenders } from "./contenders/index.mjs";
import { bars, curves } from "./plot.mjs";
import { read } from "./results.mjs";
import { summary } from "./summary.mjs";
import { ratio, short } from "./table.mjs";
import { heavyTime, notYet } from "./works.mjs";

const docs = new URL("../docs/", import.meta.url);
const { values: given, positionals } = parseArgs({
  options: { check: { type: "boolean", default: false } },
  allowPositionals: true,
});
const [file] = positionals;
const results = read(file === undefined ? new URL("results.json", import.meta.url) : resolve(file));
/** The plots by their names. @type {Map<string, string>} */
const plots = new Map();
const page = [
  ...head(),
  ...(results.samples === undefined ? [] : [...overview(), ...eachWork()]),
  ...(results.growth === undefined ? [] : growth()),
  ...(results.beside === undefined ? [] : beside()),
  ...foot(),
];
/** By their paths below docs/. */
const files = new Map([["performance.md", `${page.join("\n").trimEnd()}\n`]]);
for (const [name, plot] of plots) files.set(`performance/${name}`, plot);
if (given.check) check();
else write();

function check() {
  const stale = [...files].filter(([path, content]) => {
    const made = new URL(path, docs);
    return !existsSync(made) || readFileSync(made, "utf8") !== content;
  });
  for (const [path] of stale)
    process.stderr.write(`docs/${path} is not what bench/results.json gives: node bench/report.mjs\n`);
  if (stale.length > 0) process.exitCode = 1;
}

function write() {
  rmSync(new URL("performance/", docs), { recursive: true, force: true });
  mkdirSync(new URL("performance/", docs), { recursive: true });
  for (const [path, content] of files) writeFileSync(new URL(path, docs), content);
  process.stdout.write(`docs/performance.md, ${plots.size} plots\n`);
}

function head() {
  return [
    "<!-- Made by `node bench/report.mjs`. Changes made here by hand are lost. -->",
    "",
    "# Performance",
    "",
    "What a call costs, beside the bare machine and beside other libraries for the same. The **limit** is `node:net` written",
    "by hand: no ids, no promises, no texts, no codec, one write for each turn of the event loop. It is what the",
    "socket and the machine can do at most; the question is how much of it a library leaves.",
    "",
    ...(results.samples === undefined ? [] : [circumstances(results), ""]),
  ];
}

function circumstances(/** @type {any} */ { machine, node, date, quick, terms }) {
  const { rounds, measure, warm, warmFresh } = terms;
  const caveat = quick ? " **This was a quick run: it shows that everything runs, not how fast.**" : "";
  return `Measured ${date} on ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, Node ${node}: ${rounds} rounds, all contenders one after another in each, there and back, ${measure / 1000} s each after ${warm / 1000} s of warming up (${warmFresh / 1000} s in W6: what connects is compiled after some thousand connections only). Caller and callee have a process each, on loopback (memory and threads: one process). Every reply's value is checked.${caveat}`;
}

function overview() {
  const lines = [
    "## Overview",
    "",
    "Medians; in brackets the ratio to the limit in the same round, which is steadier than a rate. The peer is the fastest",
    "one that has a process for each side (W8: that works with a thread).",
    "",
    "| work | limit | upcall | fastest peer | upcall to peer |",
    "|---|--:|--:|--:|--:|",
  ];
  for (const { work, rows } of summary(results.samples)) {
    if (work.payload === "heavy") continue;
    const apart = rows.filter(({ contender, rounds }) => rounds > 0 && contender.together === work.id.startsWith("W8"));
    const named = (/** @type {string} */ name) =>
      rows.find(({ contender, rounds }) => contender.name === name && rounds > 0);
    const ours = named("upcall tcp") ?? named("upcall memory threads:1");
    const peer = apart
      .filter(({ contender }) => contender.side === "peer")
      .sort((one, other) => other.value - one.value)[0];
    const limit = named(work.limit);
    lines.push(
      `| ${work.id}: ${work.title} | ${limit === undefined ? "–" : `${short(limit.value)} ${work.unit}`} | ${withRatio(ours)} | ${peer === undefined ? "–" : `${withRatio(peer)} ${peer.contender.name}`} | ${ours === undefined || peer === undefined ? "–" : `${ratio(ours.value / peer.value)}×`} |`,
    );
  }
  return [...lines, "", ...notYet.map(({ id, title, why }) => `${id}, ${title}, is not measured yet: ${why}.`), ""];
}

function beside() {
  const { date, quick, samples } = results.beside;
  const rows = samples.map((/** @type {import("./beside/measure.mjs").Sample} */ sample) => {
    const { rest, beside, rate, ratio: times, rounds } = mediansOf(sample);
    return `| ${sample.contender} | ${sample.caller} | ${rest.toFixed(1)} | ${beside.toFixed(1)} | ${ratio(times)} | ${Math.round(rate)} | ${rounds} |`;
  });
  return [
    "## Small calls beside a long message",
    "",
    `A small call every millisecond while one message of 64 MiB goes one way on the same connection, measured ${date}. The slowest of a`,
    "hundred, in milliseconds, counted from when each call was due; medians of all messages. `raw` is `node:net` by hand: a piece of",
    "256 KiB at a time, put into an array of 64 MiB. Its memory is fresh for each message, or used again where the method only",
    "[borrows](long-messages.md) its arguments. A `timed` caller sleeps until its next call, a `busy` one keeps a processor to",
    `itself, and the collectors of both processes have what is left.${quick ? " **This was a quick run.**" : ""}`,
    "",
    "| | caller | p99 at rest | p99 beside | ratio | MiB/s | messages |",
    "|---|---|--:|--:|--:|--:|--:|",
    ...rows,
    "",
  ];
}

function withRatio(/** @type {any} */ row) {
  return row === undefined ? "–" : `${short(row.value)} (${ratio(row.ratio)})`;
}

function eachWork() {
  const lines = [];
  for (const { work, rows } of summary(results.samples)) {
    lines.push(`## ${work.id}: ${work.title}`, "");
    const failed = rows.filter(({ rounds }) => rounds === 0);
    const good = rows.filter(({ rounds }) => rounds > 0);
    if (good.length > 0)
      lines.push(...plotOf(work, good), ...(work.payload === "heavy" ? heavyTable(good) : workTable(work, good)));
    for (const { contender, error } of failed) lines.push(`${contender.name} did not run: ${error}.`, "");
  }
  lines.push("## Who took part", "", "| contender | what it is |", "|---|---|");
  const took = new Set(results.samples.map((/** @type {{ contender: string }} */ sample) => sample.contender));
  for (const { name, about } of contenders) if (took.has(name)) lines.push(`| ${name} | ${about} |`);
  const versions = results.packages.map((/** @type {string} */ name) => `${name} ${results.versions[name]}`);
  return [
    ...lines,
    "",
    `Versions: upcall ${results.versions.upcall}${versions.map((/** @type {string} */ each) => `, ${each}`).join("")}.`,
    "",
  ];
}

function plotOf(/** @type {import("./works.mjs").Work} */ work, /** @type {any[]} */ rows) {
  const name = `${work.id.toLowerCase()}.svg`;
  const title = `${work.id}: ${work.payload === "heavy" ? "small calls beside heavy ones" : work.title}, ${work.unit}`;
  const plot = bars(
    title,
    rows.map((row) => ({
      label: row.contender.name,
      side: row.contender.side,
      value: row.value,
      least: row.least,
      most: row.most,
      text: short(row.value),
    })),
  );
  plots.set(name, plot);
  return [`![${title}](performance/${name})`, ""];
}

function workTable(/** @type {import("./works.mjs").Work} */ work, /** @type {any[]} */ rows) {
  const lines = [
    `| contender | ${work.unit} | least–most | to the limit | CPU s per million calls: caller | callee | peak MiB: caller | callee |`,
    "|---|--:|--:|--:|--:|--:|--:|--:|",
  ];
  for (const row of rows) {
    const alone = row.contender.together;
    lines.push(
      `| ${row.contender.name} | ${short(row.value)} | ${short(row.least)}–${short(row.most)} | ${ratio(row.ratio)} | ${short(row.figure("clientCpu"))} | ${alone ? "same process" : short(row.figure("serverCpu"))} | ${mebibytes(row.figure("clientMemory"))} | ${alone ? "same process" : mebibytes(row.figure("serverMemory"))} |`,
    );
  }
  return [...lines, ""];
}

function heavyTable(/** @type {any[]} */ rows) {
  const lines = [
    `One upcall of ${heavyTime} ms of processor time after another on one connection; on another one, to the same server, small calls`,
    "at fixed times. Each small call's time counts from when it was due, so a server that stands still is not spared the calls",
    "that would have come meanwhile. Alone: the same small calls without the heavy ones. Short is good.",
    "",
    "| contender | p99 ms | least–most | p50 ms | alone: p99 ms | alone: p50 ms | heavy upcalls/s |",
    "|---|--:|--:|--:|--:|--:|--:|",
    ...rows.map(
      (row) =>
        `| ${row.contender.name} | ${short(row.value)} | ${short(row.least)}–${short(row.most)} | ${short(row.figure("p50"))} | ${short(row.figure("aloneP99"))} | ${short(row.figure("aloneP50"))} | ${short(row.figure("heavyPerSecond"))} |`,
    ),
    "",
  ];
  return lines;
}

function growth() {
  const { points, quick, date, node } = results.growth;
  const lines = [
    "## How cost grows",
    "",
    `Measured ${date}, Node ${node}, each point once.${quick ? " **This was a quick run: the shapes may be believed, the figures not.**" : ""}`,
    "",
  ];
  const chart = (
    /** @type {string} */ name,
    /** @type {Parameters<typeof curves>[0]} */ names,
    /** @type {string} */ axis,
    /** @type {string} */ figure,
    /** @type {string} */ say,
  ) => {
    const own = points.filter((/** @type {any} */ point) => point.axis === axis && point[figure] > 0);
    const drawn = [...new Set(own.map((/** @type {any} */ point) => point.contender))].map((label) => ({
      label: String(label),
      points: own
        .filter((/** @type {any} */ point) => point.contender === label)
        .map((/** @type {any} */ point) => ({ x: point.at, y: point[figure] })),
    }));
    if (drawn.length === 0) return;
    plots.set(name, curves(names, drawn));
    lines.push(say, "", `![${names.title}](performance/${name})`, "");
  };
  chart(
    "in-flight.svg",
    { title: "Calls in flight", x: "calls in flight", y: "calls/s" },
    "calls in flight",
    "rate",
    "**Calls in flight**, on one connection:",
  );
  chart(
    "in-flight-p99.svg",
    { title: "Bursts: p99", x: "calls due at once", y: "ms, p99" },
    "calls in flight",
    "p99",
    "So many calls due at once, again and again, at half the rate above. A call's time counts from when it was due:",
  );
  chart(
    "connections.svg",
    { title: "Connections", x: "connections", y: "calls/s" },
    "connections",
    "rate",
    "**Connections**, one call in flight on each:",
  );
  chart(
    "connections-p99.svg",
    { title: "Connections: p99", x: "connections", y: "ms, p99" },
    "connections",
    "p99",
    "Single calls at half that rate, each on the next connection, counted from when they were due:",
  );
  chart(
    "connections-memory.svg",
    { title: "Peak memory of the callee's process for each connection", x: "connections", y: "bytes" },
    "connections",
    "memory",
    "What the callee's process grew by for each connection, Node's own socket included:",
  );
  chart(
    "bytes.svg",
    { title: "Payload", x: "bytes of a message", y: "MB/s one way" },
    "bytes",
    "megabytes",
    "**Payload**: bytes echoed, eight calls in flight:",
  );
  chart(
    "workers.svg",
    { title: "Workers of a pool", x: "workers", y: "upcalls/s of 1 ms", fromZero: true },
    "workers",
    "rate",
    "**Workers**: upcalls of 1 ms of processor time, eight in flight. More workers than cores cannot help:",
  );
  for (const point of points.filter((/** @type {any} */ each) => each.error !== undefined))
    lines.push(
      `**${point.contender} with ${point.at} ${point.axis} failed**: ${point.error}. ${reasonOf(point)}`.trimEnd(),
      "",
    );
  return lines;
}

/**
 * Why one of ours is not there.
 *
 * @param {any} point
 */
function reasonOf({ axis, at, contender }) {
  if (!contender.startsWith("upcall")) return "";
  if (axis === "calls in flight" && at === 4_096)
    return "This is upcall's own bound: bursts go on coming whether or not the last one is done, and where 16,384 calls wait already (`limits.waiting`), behind those that run (`limits.running`; 1,024 unless more is said, as here), a further one is refused with BUSY, `not-executed`, which ends the program that measures. 4,096 calls at once, each batch awaited, all return.";
  if (axis === "bytes" && at === 4_194_304)
    return "This is upcall's own bound as well: a message may have `limits.message` bytes with its envelope (4 MiB unless more is said, 8 MiB here), and what waits to be sent `limits.waitingBytes`; more is refused with TOO_LARGE, `not-executed`. The build that was measured refused these; a later one, with the same limits, carries eight of 4 MiB at once, which was tried and not measured.";
  return "";
}

function foot() {
  return [
    "## To repeat this",
    "",
    "```sh",
    "npm run bench -- --quick     # under two minutes: the main contenders",
    "npm run bench                # under thirty minutes: all of them, three rounds; kept in bench/results.json",
    "npm run bench -- --growth    # how cost grows",
    "npm run bench -- --beside    # small calls beside a long message",
    "node bench/report.mjs        # makes this page",
    "```",
    "",
    '`--only W2,W3`, `--contenders "limit,upcall tcp"`, `--rounds 3` and `--json` do what they say. What must never get worse is',
    "not left to a stop-watch: `test/cost/` counts writes, frames, system calls, promises, timers and bytes for each call.",
  ];
}

function mebibytes(/** @type {number} */ bytes) {
  return Number.isFinite(bytes) ? (bytes / 2 ** 20).toFixed(0) : "–";
}
