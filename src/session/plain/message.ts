// The session on the plain wire, the caller's half: the arguments of a call as the one message there is, and the
// sentences by which a call is refused that would not arrive as it was made.

import type { Endpoint } from "../../endpoint/platform.ts";
import { notExecuted } from "../../errors.ts";
import type { MethodEntry } from "../../interface/define.ts";
import { type CallerEnd, longestChunk, longestDatagram, newline } from "../../wire/plain/end.ts";
import { contentOf, messageOf } from "./content.ts";

/** Bytes of the longest message that a server can take for one, whatever its limits are. */
const longest: Readonly<Record<CallerEnd, number>> = {
  chunk: longestChunk,
  close: longestChunk,
  newline: Number.POSITIVE_INFINITY,
  "half-close": Number.POSITIVE_INFINITY,
  datagram: longestDatagram,
};

/**
 * The message of a call, as a copy.
 * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT, NOT_MARSHALLABLE), RESOURCE_EXHAUSTED (TOO_LARGE), all
 *   `not-executed`
 */
export function messageOfCall(
  endpoint: Endpoint,
  entry: MethodEntry,
  args: readonly unknown[],
  end: CallerEnd,
): Uint8Array {
  const content = contentOf(entry);
  const what = content === "text" ? "a string" : "a Uint8Array";
  if (args.length !== 1) throw bad(entry, `the plain wire carries exactly one argument, and it got ${args.length}`);
  const message = messageOf(endpoint, content, args[0], "arguments[0]");
  if (message === null)
    throw bad(entry, `its argument must be ${what} on the plain wire; wire: "native" carries other values`);
  const most = Math.min(endpoint.limits.message, longest[end]);
  if (message.length > most) {
    endpoint.counters.messagesTooLarge++;
    throw notExecuted(
      "RESOURCE_EXHAUSTED",
      "TOO_LARGE",
      `${entry.fullName} was not sent: its message is ${message.length} bytes long, and ${mostWords(end, most)}`,
    );
  }
  if (end === "newline" && message.includes(newline))
    throw bad(entry, 'its message holds a newline, which would end it too early; use end: "half-close"');
  if ((end === "chunk" || end === "close") && message.length === 0)
    throw bad(entry, 'an empty message cannot be seen to arrive; use end: "newline" or end: "half-close"');
  return message;
}

/** How many bytes there may be, and what to do. */
function mostWords(end: CallerEnd, most: number): string {
  if (most < longest[end]) return `the limit is ${most}: send less, or raise limits.message on both sides`;
  if (end === "datagram") return `a datagram carries ${most} at most: use tcp:`;
  return `one that ends with what can be read at once has ${most} at most: say end: "half-close" or end: "newline" on both sides`;
}

function bad(entry: MethodEntry, why: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", `${entry.fullName} was not sent: ${why}`);
}
