// @ts-check
// Small calls beside one long message on the same connection: how long the slowest of a hundred takes, at rest and beside
// it. By a caller that leaves its processor alone between two of its calls, and by one that never does.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Progress } from "../progress.mjs";
import { median } from "../summary.mjs";
import { contenders } from "./works.mjs";

const side = fileURLToPath(new URL("./side.mjs", import.meta.url));
const callers = ["timed", "busy"];

/** @typedef {{ rest: number, beside: number, rate: number }} Round */
/** @typedef {{ contender: string, caller: string, rounds: Round[] }} Sample */

/** @returns {Promise<Sample[]>} */
export async function measureBeside(/** @type {boolean} */ quick) {
  // Times in new processes, and long messages in each of them.
  const [times, messages] = quick ? [1, 3] : [3, 10];
  const progress = new Progress(times * contenders.length * callers.length);
  /** @type {Map<string, Sample>} */
  const samples = new Map();
  for (let time = 0; time < times; time++)
    for (const caller of callers)
      for (const { name: contender } of contenders) {
        progress.now(`64 MiB beside small calls  ${contender}, ${caller} caller`);
        const name = `${contender} ${caller}`;
        const sample = samples.get(name) ?? { contender, caller, rounds: [] };
        samples.set(name, sample);
        sample.rounds.push(...(await roundsOf(contender, messages, caller)));
      }
  progress.end();
  return [...samples.values()];
}

async function roundsOf(/** @type {string} */ contender, /** @type {number} */ messages, /** @type {string} */ caller) {
  const child = fork(side, ["measure", contender, String(messages), caller], { execArgv: [] });
  /** @type {Round[]} */
  const rounds = [];
  child.on("message", (/** @type {Round} */ round) => rounds.push(round));
  const [code] = await once(child, "exit");
  if (rounds.length < messages) throw new Error(`${contender}: its process ended with ${code}`);
  return rounds;
}

/** The medians of a sample, and the ratio of the two times. */
export function mediansOf(/** @type {Sample} */ { rounds }) {
  const of = (/** @type {"rest" | "beside" | "rate"} */ name) => median(rounds.map((round) => round[name]));
  const [rest, beside, rate] = [of("rest"), of("beside"), of("rate")];
  return { rest, beside, rate, ratio: beside / rest, rounds: rounds.length };
}
