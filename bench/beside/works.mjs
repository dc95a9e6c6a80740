// @ts-check
// What is sent: one long message, and small ones beside it.

/** 64 MiB, with its number at the beginning of each 4 KiB. */
export const long = new Uint8Array(64 * 2 ** 20);
for (let page = 0; page < long.length / 4_096; page++) new DataView(long.buffer).setUint16(page * 4_096, page);
/** Milliseconds between two small calls. */
export const interval = 1;
/** Milliseconds for which they are made at rest. */
export const rest = 600;
