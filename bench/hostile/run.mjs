// @ts-check
// `node bench/hostile/run.mjs [--json file] [words]`, after a build: plays every table of test/hostile against upcall, and
// the same inputs, as far as they make sense, against two peers; each one by the criterion of test/hostile/judge.ts. Words
// choose among the names of the tables and of the peers. What came of it is kept beside the figures of the bench;
// page.mjs makes docs/hostile.md of it.

import "../../scripts/on-modules.mjs";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { criterion, Judge, rounds } from "../../build/test/hostile/judge.js";
import { tables } from "../../build/test/hostile/tables.js";
import { Watched } from "../../build/test/hostile/watched.js";
import { describe } from "../results.mjs";
import { attacks as capnweb } from "./capnweb-attacks.mjs";
import { attacks as grpc } from "./grpc-attacks.mjs";
import { rest } from "./raw.mjs";

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const file = values.json ?? fileURLToPath(new URL("../results-hostile.json", import.meta.url));
const MiB = 1024 * 1024;
const peers = { "@grpc/grpc-js": { name: "grpc", attacks: grpc }, capnweb: { name: "capnweb", attacks: capnweb } };
/** Milliseconds that an attack on a peer may take. */
const attackTime = 25_000;

/** @param {string} name */
const chosen = (name) => positionals.length === 0 || positionals.some((word) => name.includes(word));

/** @type {Record<string, any>} */
const before = (() => {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
})();
const upcall = { ...before["upcall"] };
const now = describe();
/** When each table, and each peer, was played last, and where. @type {Record<string, { date: string, processor: string }>} */
const when = { ...before["when"] };
/** @param {string} name */
const played = (name) => {
  when[name] = { date: now.date, processor: now.machine.processor };
};
for (const table of tables) {
  if (!chosen(table.name)) continue;
  const judge = new Judge(
    table.cases.flatMap(({ doors }) => doors),
    1,
    table.means,
  );
  upcall[table.name] = [];
  for (const one of table.cases) {
    for (const door of one.doors) {
      const verdict = await judge.try(table.name, one, door);
      upcall[table.name].push(rounded(verdict));
      say(`${table.name}, ${door}: ${one.name}`, verdict);
    }
  }
  await judge[Symbol.asyncDispose]();
  played(table.name);
}
const others = { ...before["peers"] };
for (const [peer, { name, attacks }] of Object.entries(peers)) {
  if (!chosen(peer)) continue;
  others[peer] = [];
  for (const attack of attacks) {
    // As with upcall: where nothing but a stall speaks against it, it is played again, and the best one counts.
    let verdict = await tryPeer(name, attack);
    for (let round = 1; round < rounds && verdict.faults.length === 1 && verdict.stall > criterion.stall; round++) {
      const again = await tryPeer(name, attack);
      if (again.stall < verdict.stall) verdict = again;
    }
    others[peer].push(rounded(verdict));
    say(`${peer}: ${attack.input}`, verdict);
  }
  played(peer);
}
// As the page has them, whatever was played last.
const ordered = Object.fromEntries(tables.map(({ name }) => [name, upcall[name] ?? []]));
writeFileSync(file, `${JSON.stringify({ ...now, criterion, when, upcall: ordered, peers: others }, null, 1)}\n`);

/** @param {string} what @param {any} verdict */
function say(what, { stall, grown, lost, faults, heard }) {
  const told = `${stall.toFixed(0)} ms, ${grown.toFixed(1)} MiB, ${lost} lost, told "${heard}"`;
  process.stderr.write(`${faults.length === 0 ? "kept  " : "BROKEN"} ${what}: ${told}\n`);
  for (const fault of faults) process.stderr.write(`         ${fault}\n`);
}

/** Figures to the digit that means something. @param {any} verdict */
function rounded({ name, door, heard, stall, grown, left, calls, lost, worst, took, faults }) {
  const [milliseconds, mebibytes] = [
    (/** @type {number} */ ms) => Math.round(ms),
    (/** @type {number} */ n) => Math.round(n * 10) / 10,
  ];
  return {
    name,
    door,
    heard,
    stall: milliseconds(stall),
    grown: Math.max(0, mebibytes(grown)),
    left: Math.max(0, mebibytes(left)),
    calls,
    lost,
    worst: milliseconds(worst),
    took: milliseconds(took),
    faults,
  };
}

/**
 * A fresh server and a fresh client for each attack: what one left behind is not held against the next.
 *
 * @param {string} name @param {import("./any.mjs").Attack} attack
 */
async function tryPeer(name, { input, attack }) {
  const program = (/** @type {string} */ what) => fileURLToPath(new URL(`./${name}-${what}.mjs`, import.meta.url));
  const server = await Watched.start(program("server"));
  const address = String(server.ready["url"]);
  const witness = await Watched.start(program("witness"), [address]);
  await rest(300);
  const calm = await witness.counters();
  const before = await server.reading("rest");
  /** @type {import("./any.mjs").Offence} */
  const offence = { address, raws: [], close: [] };
  const begun = performance.now();
  const heard = await Promise.race([attack(offence), rest(attackTime).then(() => "nothing, and it waits")]);
  const took = performance.now() - begun;
  const during = await server.reading("rest");
  for (const { socket } of offence.raws) socket.destroy();
  for (const close of offence.close) close();
  let after = null;
  for (let round = 0; round < 20; round++) {
    await rest(100);
    after = await server.reading("rest");
    if (before !== null && after !== null && after.held - before.held < criterion.left * MiB) break;
  }
  const counters = await Promise.race([witness.counters(), rest(5_000).then(() => ({}))]);
  const mebibytes = (/** @type {any} */ reading) =>
    before === null || reading === null ? 0 : (reading.held - before.held) / MiB;
  const [grown, left] = [mebibytes(during), mebibytes(after)];
  const stall = Math.max(during?.stall ?? 0, after?.stall ?? 0);
  const lost = (counters["lost"] ?? 0) - (calm["lost"] ?? 0);
  const calls = (counters["calls"] ?? 0) - (calm["calls"] ?? 0);
  const faults = [];
  if (server.death !== null) faults.push("the process is dead");
  if (stall > criterion.stall) faults.push(`the event loop stood still for ${stall.toFixed(0)} ms`);
  if (grown > criterion.memory) faults.push(`it grew by ${grown.toFixed(1)} MiB`);
  if (left > criterion.left) faults.push(`${left.toFixed(1)} MiB were left`);
  for (const what of after?.unhandled ?? []) faults.push(`unhandled ${what}`);
  for (const what of after?.tripped ?? []) faults.push(`${what} has run`);
  for (const what of after?.changed.slice(before?.changed.length ?? 0) ?? []) faults.push(`${what} is changed`);
  if (lost > 0) faults.push(`the other client lost ${lost} calls`);
  await witness[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  const worst = counters["worst"] ?? 0;
  return { name: input, door: name, heard, stall, grown, left, calls, lost, worst, took, faults };
}

process.exit();
