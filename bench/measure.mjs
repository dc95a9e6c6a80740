// @ts-check
// The rounds: for each work, each contender that takes part, in fresh processes, one after the other.
import { contenderOf, contenders } from "./contenders/index.mjs";
import { startPair } from "./pair.mjs";
import { Progress } from "./progress.mjs";
import { heavyTime, workOf, works } from "./works.mjs";

/** In a quick run: the limits, the product on its media, the fastest peers and the best known one. */
const quickNames = new Set([
  "limit",
  "limit-rpc",
  "messages",
  "upcall tcp",
  "upcall unix",
  "upcall memory",
  "upcall memory threads:1",
  "upcall inline",
  "upcall threads:2",
  "upcall processes:2",
  "rsocket",
  "birpc",
  "grpc",
]);

/** Small calls beside heavy ones: milliseconds from one to the next. */
const smallInterval = 2;

/**
 * @typedef {object} Terms
 * @property {number} rounds
 * @property {number} warm milliseconds before a measurement that do not count
 * @property {number} warmFresh the same where each call has a connection of its own: what connects is compiled only after
 *                              some thousands of them, which other works have in a tenth of a second
 * @property {number} measure milliseconds
 * @property {number} budget milliseconds for everything; no measurement is begun later
 */
/** @typedef {{ terms: Terms, pairs: { work: import("./works.mjs").Work, contender: import("./contenders/index.mjs").Contender }[] }} Plan */

/** @returns {Plan} */
export function planOf(/** @type {{ quick?: boolean, only?: string, contenders?: string, rounds?: string }} */ given) {
  const terms = given.quick
    ? { rounds: 2, warm: 250, warmFresh: 250, measure: 250, budget: 112_000 }
    : { rounds: 3, warm: 600, warmFresh: 4_000, measure: 1_400, budget: 29 * 60_000 };
  if (given.rounds !== undefined) {
    terms.rounds = Number(given.rounds);
    if (!(terms.rounds >= 1)) throw new Error(`--rounds is ${given.rounds}; it must be 1 or more`);
  }
  const asked = given.only?.split(",").map((id) => workOf(id.trim())) ?? works;
  const names = given.contenders?.split(",").map((name) => contenderOf(name.trim()));
  const chosen = names ?? contenders.filter(({ name }) => !given.quick || quickNames.has(name));
  const pairs = asked.flatMap((work) =>
    chosen.filter((contender) => contender.works.includes(work.id)).map((contender) => ({ work, contender })),
  );
  return { terms, pairs };
}

/** @typedef {{ round: number, work: string, contender: string, value?: number, error?: string, [figure: string]: unknown }} Sample */

export async function measureAll(/** @type {Plan} */ { terms, pairs }) {
  const progress = new Progress(terms.rounds * pairs.length);
  const end = performance.now() + terms.budget;
  /** @type {Sample[]} */
  const samples = [];
  /** @type {Set<string>} */
  const packages = new Set();
  let skipped = 0;
  for (let round = 1; round <= terms.rounds; round++) {
    // There and back: a contender that is always last would find what the others left behind, such as ports of closed connections.
    for (const { work, contender } of round % 2 === 0 ? pairs.toReversed() : pairs) {
      if (performance.now() > end) {
        skipped++;
        continue;
      }
      progress.now(`round ${round}  ${work.id}  ${contender.name}`);
      const key = { round, work: work.id, contender: contender.name };
      try {
        samples.push({ ...key, ...(await sample(contender, work, terms, packages)) });
      } catch (error) {
        samples.push({ ...key, error: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  progress.end();
  if (skipped > 0) process.stderr.write(`${skipped} measurements were left out: the time was over\n`);
  return { packages: [...packages].sort(), samples };
}

async function sample(
  /** @type {import("./contenders/index.mjs").Contender} */ contender,
  /** @type {import("./works.mjs").Work} */ work,
  /** @type {Terms} */ { warm, warmFresh, measure },
  /** @type {Set<string>} */ packages,
) {
  const pair = await startPair(contender, work);
  try {
    for (const name of pair.packages) packages.add(name);
    if (work.payload === "heavy") return await besideHeavy(pair.client, warm, measure);
    await pair.client.ask("run", { milliseconds: work.fresh ? warmFresh : warm });
    const before = await pair.server?.ask("usage");
    const { calls, seconds, cpu } = await pair.client.ask("run", { milliseconds: measure });
    const after = await pair.server?.ask("usage");
    const { memory } = await pair.client.ask("usage");
    const rate = calls / seconds;
    return {
      value: work.unit === "MB/s" ? (rate * work.size) / 1e6 : rate,
      calls,
      seconds,
      clientCpu: (cpu / calls) * 1e6,
      serverCpu: pair.server === null ? null : ((after.cpu - before.cpu) / calls) * 1e6,
      clientMemory: memory,
      serverMemory: pair.server === null ? null : after.memory,
    };
  } finally {
    await pair.end();
  }
}

async function besideHeavy(
  /** @type {import("./pair.mjs").Side} */ client,
  /** @type {number} */ warm,
  /** @type {number} */ measure,
) {
  const terms = { interval: smallInterval, milliseconds: measure };
  await client.ask("mixed", { ...terms, milliseconds: warm, heavy: heavyTime });
  const alone = await client.ask("mixed", { ...terms, heavy: 0 });
  const beside = await client.ask("mixed", { ...terms, heavy: heavyTime });
  return {
    value: beside.p99,
    calls: beside.calls,
    p50: beside.p50,
    most: beside.most,
    aloneP50: alone.p50,
    aloneP99: alone.p99,
    heavyPerSecond: beside.heavyPerSecond,
  };
}
