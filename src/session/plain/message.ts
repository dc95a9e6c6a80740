// The session on the plain wire, the caller's half: the arguments of a call as the one message there is, and the
// sentences by which a call is refused that would not arrive as it was made.

import { notExecuted } from "../../errors.ts";
import type { MethodEntry } from "../../interface/define.ts";
import { newline } from "../../wire/plain/end.ts";
import type { Content } from "../../wire/plain/marshalled.ts";
import type { Household } from "../platform.ts";
import { messageFrom } from "./content.ts";
import type { CallerEnd } from "./line.ts";

export function contentOf(entry: MethodEntry): Content {
  return entry.method.plain === "bytes" ? "bytes" : "text";
}

/**
 * The message of a call, as a copy.
 * Errors: INVALID_ARGUMENT (BAD_ARGUMENT, NOT_MARSHALLABLE), RESOURCE_EXHAUSTED (TOO_LARGE), all `not-executed`.
 *
 * @param most bytes
 */
export function messageOfCall(
  home: Household,
  entry: MethodEntry,
  args: readonly unknown[],
  end: CallerEnd,
  most: number,
): Uint8Array {
  const content = contentOf(entry);
  const what = content === "text" ? "a text" : "a Uint8Array";
  if (args.length !== 1) throw bad(entry, `the plain wire carries exactly one argument, and it got ${args.length}`);
  const message = messageFrom(home, content, args[0], "arguments[0]");
  if (message === null)
    throw bad(entry, `its argument must be ${what} on the plain wire; wire: "native" carries other values`);
  if (message.length > most) {
    home.counters.messagesTooLarge++;
    throw notExecuted(
      "RESOURCE_EXHAUSTED",
      "TOO_LARGE",
      end === "datagram"
        ? `${entry.fullName} was not sent: its message is ${message.length} bytes long, and a datagram carries ${most} at most: use tcp:`
        : `${entry.fullName} was not sent: its message is ${message.length} bytes long, and the limit is ${most}: send less, or raise limits.message on both sides`,
    );
  }
  if (end === "newline" && message.includes(newline))
    throw bad(entry, 'its message holds a newline, which would end it too early; use end: "half-close"');
  if (end === "first-chunk" && message.length === 0)
    throw bad(entry, 'an empty message cannot be seen to arrive; use end: "newline" or end: "half-close"');
  return message;
}

function bad(entry: MethodEntry, why: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", `${entry.fullName} was not sent: ${why}`);
}

/** The wire has no place for it. */
export function noMetadataHere({ fullName }: MethodEntry): Error {
  return notExecuted(
    "UNIMPLEMENTED",
    "NOT_SUPPORTED",
    `${fullName} was not sent: the plain wire carries no metadata; use wire: "native"`,
  );
}
