// @ts-check
// The works: what is called, with what, and how a reply is checked. Every contender gets the same values.

/**
 * @typedef {object} Work
 * @property {string} id
 * @property {string} title
 * @property {"text" | "bytes" | "records" | "stream" | "heavy" | "spin"} payload
 * @property {number} inFlight calls in flight; clients, where each call has a connection of its own
 * @property {number} size of the bytes, where they are the payload
 * @property {number} workers of a pool, where something else than the contender's name says how many
 * @property {boolean} fresh a connection for every call
 * @property {string} unit
 * @property {string} limit the contender that the others are divided by
 */

/** @type {readonly Work[]} */
export const works = [
  work("W1", "one call in flight: a text of 32 bytes, reversed", "text", 1),
  work("W2", "64 calls in flight", "text", 64),
  work("W3", "512 calls in flight", "text", 512),
  { ...work("W4", "64 KiB of bytes, echoed, 8 in flight; one way", "bytes", 8), unit: "MB/s" },
  work("W5", "20 records of 6 fields, echoed, 32 in flight", "records", 32),
  { ...work("W6", "a connection for every call, 16 clients", "text", 16), fresh: true },
  {
    ...work("W7", "a stream of numbers counted up, from an async generator to a for await", "stream", 1),
    unit: "items/s",
  },
  {
    ...work("W8", "from a memory: proxy through a pool of one thread and back, 64 in flight", "text", 64),
    limit: "messages",
  },
  { ...work("W8-512", "the same, 512 in flight", "text", 512), limit: "messages" },
  { ...work("W10", "upcalls of 10 ms of processor time beside small calls", "heavy", 1), unit: "ms p99", limit: "" },
];

/** Works that join when the product can do them. */
export const notYet = [
  { id: "W9", title: "one call, one datagram over UDP", why: "only the plain wire goes over udp: so far" },
];

/** @returns {Work} */
function work(
  /** @type {string} */ id,
  /** @type {string} */ title,
  /** @type {Work["payload"]} */ payload,
  /** @type {number} */ inFlight,
) {
  return { id, title, payload, inFlight, size: 64 * 1024, workers: 0, fresh: false, unit: "calls/s", limit: "limit" };
}

export function workOf(/** @type {string} */ id) {
  const found = works.find((each) => each.id === id);
  if (found === undefined)
    throw new Error(`no work is called ${id}; there are ${works.map((each) => each.id).join(", ")}`);
  return found;
}

/** How many different texts there are; a power of two. */
export const variety = 64;

/** Texts of 32 bytes, each different, so that a reply that belongs to another call is noticed. */
export const texts = Array.from({ length: variety }, (_, index) =>
  `${index} `.padEnd(32, "abcdefghijklmnopqrstuvwxyz012345"),
);
export const reversed = texts.map(reverse);

/** The upcall of the text works, the same for every contender. */
export function reverse(/** @type {string} */ text) {
  let out = "";
  for (let index = text.length - 1; index >= 0; index--) out += text[index];
  return out;
}

/** The source of the stream works, the same for every contender: 0, 1, 2 ... until the reader stops. */
export async function* numbers() {
  for (let index = 0; ; index = (index + 1) % longestCount) yield index;
}

/** Numbers begin again here, so that they fit in 32 bits for those who have only that. */
export const longestCount = 2 ** 30;

/** Bytes without a period that a buffer's size could hide. */
export function bytesOf(/** @type {number} */ length, seed = 1) {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

export const records = Array.from({ length: 20 }, (_, index) => ({
  id: 1_000 + index,
  name: `customer ${index}`,
  email: `customer${index}@example.org`,
  balance: index * 1.25 + 0.5,
  active: index % 3 === 0,
  city: ["Gdańsk", "Roma", "Oslo"][index % 3] ?? "",
}));

export function sameBytes(/** @type {Uint8Array} */ one, /** @type {Uint8Array} */ other) {
  return Buffer.compare(one, other) === 0;
}

export function sameRecords(/** @type {unknown} */ given) {
  if (!Array.isArray(given) || given.length !== records.length) return false;
  for (let index = 0; index < given.length; index++) {
    const one = records[index];
    const other = given[index];
    if (one === undefined || one.id !== other.id || one.name !== other.name || one.email !== other.email) return false;
    if (one.balance !== other.balance || one.active !== other.active || one.city !== other.city) return false;
  }
  return true;
}

/** Milliseconds of this thread's processor time; wall time on a thread that is not disturbed. */
export const heavyTime = 10;

export function spin(/** @type {number} */ milliseconds) {
  const end = performance.now() + milliseconds;
  let rounds = 0;
  while (performance.now() < end) rounds++;
  return rounds > 0;
}
