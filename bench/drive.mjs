// @ts-check
// Drives a contender's client: as many calls in flight as the work wants, or calls at given times; checks every reply.
import { bytesOf, longestCount, records, reversed, sameBytes, sameRecords, texts, variety } from "./works.mjs";

/**
 * What a contender's client offers to be driven by.
 * @typedef {object} Client
 * @property {(text: string) => Promise<string>} [reverse]
 * @property {(bytes: Uint8Array) => Promise<Uint8Array>} [echo]
 * @property {(list: typeof records) => Promise<unknown>} [records]
 * @property {(milliseconds: number) => Promise<unknown>} [spin]
 * @property {() => AsyncIterable<number> | Promise<AsyncIterable<number>>} [numbers]
 * @property {() => Promise<unknown> | void} close
 */

/** One checked call. @typedef {(index: number) => Promise<void>} Call */

/** @returns {Call} */
export function callOf(/** @type {Client} */ client, /** @type {import("./works.mjs").Work} */ { payload, size }) {
  if (payload === "text") {
    return async (index) => {
      const place = index & (variety - 1);
      if ((await client.reverse?.(texts[place] ?? "")) !== reversed[place])
        throw new Error("a reply has another call's text");
    };
  }
  if (payload === "bytes") return echoing(client, bytesOf(size));
  if (payload === "spin") return async () => void (await client.spin?.(1));
  return async () => {
    if (!sameRecords(await client.records?.(records)))
      throw new Error("a reply's records are not those that were sent");
  };
}

/** @returns {Call} */
function echoing(/** @type {Client} */ client, /** @type {Uint8Array} */ bytes) {
  return async () => {
    const reply = await client.echo?.(bytes);
    if (reply === undefined || !sameBytes(reply, bytes))
      throw new Error("a reply's bytes are not those that were sent");
  };
}

/** Keeps `inFlight` calls in flight for so long. @returns {Promise<number>} calls, all of them answered and checked */
export async function closedLoop(
  /** @type {Call} */ call,
  /** @type {number} */ inFlight,
  /** @type {number} */ milliseconds,
) {
  const end = performance.now() + milliseconds;
  let calls = 0;
  const lane = async () => {
    // The clock is read once for several calls: it costs as much as a small part of the fastest ones.
    for (;;) {
      await call(calls++);
      if ((calls & 7) === 0 && performance.now() >= end) return;
      if (inFlight < 8 && performance.now() >= end) return;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return calls;
}

/** Reads one stream for so long and leaves it. @returns {Promise<number>} items, all of them checked */
export async function streamLoop(/** @type {Client} */ client, /** @type {number} */ milliseconds) {
  const items = await client.numbers?.();
  if (items === undefined) throw new Error("the client has no stream");
  const end = performance.now() + milliseconds;
  let count = 0;
  for await (const item of items) {
    if (item !== count % longestCount) throw new Error(`item ${count} of the stream is ${item}`);
    if ((++count & 255) === 0 && performance.now() >= end) break;
  }
  return count;
}

/** The same with a connection of its own for each call. */
export function freshLoop(
  /** @type {() => Promise<Client>} */ connect,
  /** @type {import("./works.mjs").Work} */ work,
  /** @type {number} */ milliseconds,
) {
  return closedLoop(
    async (index) => {
      const client = await connect();
      await callOf(client, work)(index);
      await client.close();
    },
    work.inFlight,
    milliseconds,
  );
}

/**
 * Calls at times that were fixed before: `burst` of them every `interval` milliseconds. A call's time counts from when
 * it was due, so that a caller who was held up does not leave out what his callers would have waited
 * (coordinated omission: Gil Tene).
 * @returns {Promise<number[]>} milliseconds, sorted
 */
export async function openLoop(
  /** @type {Call} */ call,
  /** @type {number} */ interval,
  /** @type {number} */ burst,
  /** @type {number} */ milliseconds,
) {
  /** @type {number[]} */
  const times = [];
  /** @type {Promise<void>[]} */
  const calls = [];
  const start = performance.now();
  const one = async (/** @type {number} */ index, /** @type {number} */ due) => {
    await call(index);
    times.push(performance.now() - due);
  };
  for (let tick = 0, index = 0; tick * interval < milliseconds; tick++) {
    const due = start + tick * interval;
    await until(due);
    for (let each = 0; each < burst; each++) calls.push(one(index++, due));
  }
  await Promise.all(calls);
  return times.sort((one, other) => one - other);
}

/** A timer for most of it, because it is late by a millisecond; then turns of the event loop. */
async function until(/** @type {number} */ due) {
  const ahead = due - performance.now() - 1.5;
  if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead));
  // Once at the least: a caller who is behind would else make call after call and never read a reply.
  do await new Promise((resolve) => setImmediate(resolve));
  while (performance.now() < due);
}

export function percentile(/** @type {readonly number[]} */ sorted, /** @type {number} */ part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
