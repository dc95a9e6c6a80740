// @ts-check
// What is sent: one long message, and small ones beside it.

/** 64 MiB, no two of its pieces alike. */
export const long = new Uint8Array(64 * 2 ** 20);
for (let at = 0; at < long.length; at += 4_096) long[at] = (at / 4_096) & 0xff;
/** Milliseconds between two small calls. */
export const interval = 1;
/** Milliseconds for which they are made at rest. */
export const rest = 600;
