// @ts-check
// What is sent: one long message, and small ones beside it; and who sends it.

/** 64 MiB, with its number at the beginning of each 4 KiB. */
export const long = new Uint8Array(64 * 2 ** 20);
for (let page = 0; page < long.length / 4_096; page++) new DataView(long.buffer).setUint16(page * 4_096, page);
/** Milliseconds between two small calls. */
export const interval = 1;
/** Milliseconds for which they are made at rest. */
export const rest = 600;

/**
 * Each `file` has a `serve` and a `connect`. `again`: the receiver puts a message into the memory of the one before;
 * `workers`: where the product's methods run.
 *
 * @typedef {{ name: string, file: string, again: boolean, workers: "inline" | "threads:2" }} Contender
 * @type {readonly Contender[]}
 */
export const contenders = [
  { name: "raw", file: "./raw.mjs", again: false, workers: "inline" },
  { name: "raw, memory used again", file: "./raw.mjs", again: true, workers: "inline" },
  { name: "upcall", file: "./upcall.mjs", again: false, workers: "inline" },
  { name: "upcall, borrows", file: "./upcall.mjs", again: true, workers: "inline" },
  { name: "upcall threads:2", file: "./upcall.mjs", again: false, workers: "threads:2" },
  { name: "upcall threads:2, borrows", file: "./upcall.mjs", again: true, workers: "threads:2" },
];
