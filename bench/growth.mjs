// @ts-check
// How cost grows: with calls in flight, with connections, with the payload, with workers. One thing grows at a time.
import { contenderOf } from "./contenders/index.mjs";
import { startPair } from "./pair.mjs";
import { Progress } from "./progress.mjs";
import { workOf } from "./works.mjs";

/** @typedef {{ axis: string, contender: string, at: number, rate?: number, megabytes?: number, p50?: number, p99?: number, memory?: number, error?: string }} Point */
/** @typedef {Pick<Point, "axis" | "contender" | "at">} Key */

const both = ["limit", "upcall tcp", "birpc", "rsocket"];

/** @returns {Promise<Point[]>} */
export async function measureGrowth(/** @type {boolean} */ quick) {
  const milliseconds = quick ? 250 : 2_000;
  const keys = [
    ...over("calls in flight", both, quick ? [1, 64, 512] : [1, 4, 16, 64, 256, 1_024, 4_096]),
    ...over("connections", ["upcall tcp", "birpc"], quick ? [1, 100, 1_000] : [1, 10, 100, 1_000, 10_000]),
    ...over("bytes", both, quick ? [16, 4_096, 262_144, 4_194_304] : [16, 256, 4_096, 65_536, 1_048_576, 4_194_304]),
    ...["threads", "processes"].flatMap((kind) =>
      (quick ? [1, 2] : [1, 2, 3, 4]).map((at) => ({ axis: "workers", contender: `upcall ${kind}`, at })),
    ),
  ];
  const progress = new Progress(keys.length);
  /** @type {Point[]} */
  const points = [];
  for (const key of keys) {
    progress.now(`${key.axis} ${key.at}  ${key.contender}`);
    try {
      points.push({ ...key, ...(await measures[key.axis]?.(key, milliseconds)) });
    } catch (error) {
      points.push({ ...key, error: error instanceof Error ? error.message : String(error) });
    }
  }
  progress.end();
  return points;
}

/** @returns {Key[]} */
function over(/** @type {string} */ axis, /** @type {string[]} */ names, /** @type {number[]} */ values) {
  return values.flatMap((at) => names.map((contender) => ({ axis, contender, at })));
}

/** @type {Record<string, (key: Key, milliseconds: number) => Promise<Partial<Point>>>} */
const measures = {
  /**
   * The rate with so many calls in flight; then bursts of so many that are due at once, at half that rate, each call's
   * time counted from when it was due.
   */
  async "calls in flight"({ contender, at }, milliseconds) {
    return await withPair(contender, { ...workOf("W2"), inFlight: at }, async ({ client }) => {
      const rate = await rateOf(client, milliseconds);
      if (contender === "limit") return { rate };
      const interval = (at / rate) * 2 * 1_000;
      const { p50, p99 } = await client.ask("times", {
        interval,
        burst: at,
        milliseconds: Math.max(milliseconds, interval * 20),
      });
      return { rate, p50, p99 };
    });
  },

  /** One call in flight on each connection; memory is what the callee's process has grown by. */
  async connections({ contender, at }, milliseconds) {
    return await withPair(contender, workOf("W1"), async ({ server, client }) => {
      const before = await server?.ask("usage");
      await client.ask("open", { count: at, milliseconds: at * 10 });
      const after = await server?.ask("usage");
      await client.ask("spread", { milliseconds: milliseconds / 4 });
      const { calls, seconds } = await client.ask("spread", { milliseconds });
      const rate = calls / seconds;
      const interval = 2_000 / rate;
      const { p50, p99 } = await client.ask("times", { interval, burst: 1, milliseconds });
      return { rate, p50, p99, memory: (after.memory - before.memory) / at };
    });
  },

  async bytes({ contender, at }, milliseconds) {
    return await withPair(contender, { ...workOf("W4"), size: at }, async ({ client }) => {
      const rate = await rateOf(client, milliseconds);
      return { rate, megabytes: (rate * at) / 1e6 };
    });
  },

  /** Upcalls of 1 ms of processor time, eight in flight. */
  async workers({ contender, at }, milliseconds) {
    const kind = contender.endsWith("threads") ? "threads" : "processes";
    const model = `upcall tcp ${kind}:1`;
    return await withPair(
      model,
      { ...workOf("W2"), inFlight: 8, payload: "spin", workers: at },
      async ({ client }) => ({
        rate: await rateOf(client, milliseconds),
      }),
    );
  },
};

async function withPair(
  /** @type {string} */ name,
  /** @type {import("./works.mjs").Work} */ work,
  /** @type {(pair: Awaited<ReturnType<typeof startPair>>) => Promise<Partial<Point>>} */ measure,
) {
  const pair = await startPair(contenderOf(name), work);
  try {
    return await measure(pair);
  } finally {
    await pair.end();
  }
}

/** @returns {Promise<number>} calls a second */
async function rateOf(/** @type {import("./pair.mjs").Side} */ client, /** @type {number} */ milliseconds) {
  await client.ask("run", { milliseconds: milliseconds / 2 });
  const { calls, seconds } = await client.ask("run", { milliseconds });
  return calls / seconds;
}
