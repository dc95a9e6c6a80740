// @ts-check
// `node side.mjs serve NAME`, and `node side.mjs measure NAME ROUNDS CALLER`, which starts the other one: a process
// each.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { percentile } from "../drive.mjs";
import { contenders, interval, long, rest } from "./works.mjs";

const [role = "", name = "", rounds = "1", caller = ""] = process.argv.slice(2);
const contender = contenders.find((one) => one.name === name);
if (contender === undefined) throw new Error(`no contender is called ${name}`);
const { serve, connect } = await import(contender.file);
// The process that started it is gone.
process.on("disconnect", () => process.exit(0));
if (role === "serve") {
  process.send?.({ port: await serve(contender) });
} else {
  const child = fork(fileURLToPath(import.meta.url), ["serve", name], { execArgv: [] });
  const [{ port }] = await once(child, "message");
  /** @type {{ small: () => Promise<void>, long: () => Promise<void> }} */
  const peer = await connect(port, contender);
  await times(peer.small, sleep(rest));
  for (let round = 0; round < Number(rounds); round++) {
    const alone = await times(peer.small, sleep(rest));
    const start = performance.now();
    const beside = await times(peer.small, peer.long());
    const seconds = (performance.now() - start) / 1_000;
    process.send?.({
      rest: percentile(alone, 0.99),
      beside: percentile(beside, 0.99),
      rate: long.length / 2 ** 20 / seconds,
    });
  }
  process.exit(0);
}

/** Milliseconds that each small call took, one every interval until `work` is over, counted from when it was due. */
async function times(/** @type {() => Promise<void>} */ small, /** @type {Promise<unknown>} */ work) {
  /** @type {number[]} */
  const taken = [];
  /** @type {Promise<void>[]} */
  const calls = [];
  let over = false;
  const ended = work.then(() => {
    over = true;
  });
  const one = async (/** @type {number} */ due) => {
    await small();
    taken.push(performance.now() - due);
  };
  let last = performance.now();
  while (!over) {
    if (caller === "busy") {
      await new Promise((resolve) => setImmediate(resolve));
      if (performance.now() < last + interval) continue;
    } else await sleep(interval);
    const now = performance.now();
    // Those that this process was too late for were due all the same; a timer comes up to one interval late by itself.
    for (let due = last + interval; due < now - interval; due += interval) calls.push(one(due));
    calls.push(one(now));
    last = now;
  }
  await Promise.all(calls);
  await ended;
  return taken.sort((one, other) => one - other);
}

function sleep(/** @type {number} */ milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
