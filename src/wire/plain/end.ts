// Wire, plain: the ways to say where a message ends, since nothing in its bytes says so. It knows no connection.

/**
 * - `chunk`: what can be read without waiting is the message; for a caller, the reply.
 * - `newline`: messages and replies end at "\n", which is part of neither; a connection carries many.
 * - `half-close`: a message ends where the client sends no more; a reply where the server closes.
 *
 * A caller that says none sends a chunk, and its reply ends where the server closes.
 */
export const plainEnds = ["chunk", "newline", "half-close"] as const;

export type PlainEnd = (typeof plainEnds)[number];

/**
 * Where a message and its reply end, for a caller: as is said, or with its datagram. `close`, where nothing is said:
 * the message is a chunk, and the reply ends where the server closes.
 */
export type CallerEnd = PlainEnd | "close" | "datagram";

/**
 * Bytes of the longest message in one chunk: what programs read at once, and what kernels keep for a reader at least.
 */
export const longestChunk: number = 64 * 1024;

/** Bytes of the largest datagram: 65,535 without the headers of IP and UDP. */
export const longestDatagram = 65_507;

/** What ends a message and a reply, with `newline`. */
export const newline = 0x0a;
