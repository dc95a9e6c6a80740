// @ts-check
// One side of a measurement in a process of its own: `node side.mjs <server|client|both> <contender> <work as JSON>`.
// It does what its parent asks over the IPC pipe, and answers each request once.
import { contenderOf } from "./contenders/index.mjs";
import { callOf, closedLoop, freshLoop, openLoop, percentile, streamLoop } from "./drive.mjs";
import { usage } from "./usage.mjs";

const [role = "", name = "", workText = "{}"] = process.argv.slice(2);
/** @type {import("./works.mjs").Work} */
const work = JSON.parse(workText);
const module = await import(`./contenders/${contenderOf(name).file}`);
/** @type {{ address: string, close: () => unknown } | null} */
const server = role === "client" ? null : await module.serve(name, work);
let address = server?.address ?? "";
/** @type {import("./drive.mjs").Client[]} */
const clients = [];

/** @type {Record<string, (request: any) => unknown>} */
const requests = {
  usage,
  /** As many calls as go in so long. @returns {Promise<{ calls: number, seconds: number, cpu: number }>} */
  async run({ milliseconds }) {
    const before = usage();
    const start = performance.now();
    const calls = await callsIn(milliseconds);
    const seconds = (performance.now() - start) / 1000;
    return { calls, seconds, cpu: usage().cpu - before.cpu };
  },
  async address(request) {
    address = request.address;
  },
  /** More connections, all of them open from now on. */
  async open({ count }) {
    while (clients.length < count) {
      const some = Math.min(64, count - clients.length);
      clients.push(...(await Promise.all(Array.from({ length: some }, () => module.connect(name, address, work)))));
    }
  },
  /** One call in flight on each open connection. */
  async spread({ milliseconds }) {
    const calls = clients.map((client) => callOf(client, work));
    const start = performance.now();
    const counts = await Promise.all(calls.map((call) => closedLoop(call, 1, milliseconds)));
    return { calls: counts.reduce((sum, count) => sum + count, 0), seconds: (performance.now() - start) / 1000 };
  },
  /** Calls at fixed times: percentiles in milliseconds since they were due. */
  async times({ interval, burst, milliseconds }) {
    const calls = (await openClients()).map((client) => callOf(client, { ...work, payload: "text" }));
    let next = 0;
    const call = (/** @type {number} */ index) => calls[next++ % calls.length]?.(index) ?? Promise.resolve();
    const times = await openLoop(call, interval, burst, milliseconds);
    return { calls: times.length, p50: percentile(times, 0.5), p99: percentile(times, 0.99), most: times.at(-1) };
  },
  /** Small calls at fixed times, and upcalls of much processor time on a connection of their own meanwhile. */
  async mixed({ interval, milliseconds, heavy }) {
    const loud = await module.connect(name, address, work);
    let running = heavy > 0;
    let done = 0;
    const lane = async () => {
      for (; running; done++) await loud.spin(heavy);
    };
    const start = performance.now();
    const lanes = lane();
    const times = await requests["times"]?.({ interval, burst: 1, milliseconds });
    running = false;
    await lanes;
    const seconds = (performance.now() - start) / 1000;
    await loud.close();
    return { .../** @type {object} */ (times), heavyPerSecond: done / seconds };
  },
  async close() {
    await Promise.all(clients.map(async (client) => await client.close()));
    await server?.close();
    setImmediate(() => process.exit(0));
  },
};

async function openClients() {
  if (clients.length === 0) clients.push(await module.connect(name, address, work));
  return clients;
}

/** @returns {Promise<number>} */
async function callsIn(/** @type {number} */ milliseconds) {
  if (module.run !== undefined) return await module.run(name, address, work, milliseconds);
  if (work.fresh) return await freshLoop(() => module.connect(name, address, work), work, milliseconds);
  const [client] = await openClients();
  if (client === undefined) throw new Error("there is no client");
  if (work.payload === "stream") return await streamLoop(client, milliseconds);
  return await closedLoop(callOf(client, work), work.inFlight, milliseconds);
}

process.on("message", (/** @type {{ id: number, what: string }} */ request) => void answer(request));
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0, result: { address, packages: module.packages } });

async function answer(/** @type {{ id: number, what: string }} */ request) {
  try {
    const result = await requests[request.what]?.(request);
    process.send?.({ id: request.id, result });
  } catch (error) {
    process.send?.({
      id: request.id,
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    });
  }
}
