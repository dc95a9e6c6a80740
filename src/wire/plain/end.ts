// Wire, plain: the ways to say where a message ends, since nothing in its bytes says so. It knows no connection.

/**
 * - `first-chunk`: what arrives first, in one piece, is the message; a reply ends where the server closes.
 * - `newline`: messages and replies end at "\n", which is part of neither; a connection carries many.
 * - `half-close`: a message ends where the client sends no more; a reply where the server closes.
 */
export const plainEnds = ["first-chunk", "newline", "half-close"] as const;

export type PlainEnd = (typeof plainEnds)[number];

/** Bytes of the longest message in one chunk: no more comes out of a socket at once. */
export const longestChunk: number = 64 * 1024;

/** Bytes of the largest datagram: 65,535 without the headers of IP and UDP. */
export const longestDatagram = 65_507;

/** What ends a message and a reply, with `newline`. */
export const newline = 0x0a;
