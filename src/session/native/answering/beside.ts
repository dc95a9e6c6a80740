// The session, the callee's half: metadata, which comes with a call beside its arguments and goes back beside what the call
// settles with. Most calls have none, and share one that is empty.

import { UpcallError } from "../../../errors.ts";
import { flag } from "../../../wire/native/frame.ts";
import type { Metadata } from "../../contract.ts";
import { metadataBytes, metadataEnd, metadataIn, metadataOf, noMetadata } from "../../metadata.ts";
import type { Household } from "../../platform.ts";

export interface Beside {
  readonly metadata: Metadata;
  readonly answer: Metadata;
  /** The answer, marshalled; null where there is none. */
  readonly bytes: Uint8Array | null;
}

export const nothingBeside: Beside = { metadata: noMetadata, answer: noMetadata, bytes: null };

/** Where the body of a call goes on behind its metadata. Errors: BAD_FRAME: the connection cannot go on. */
export function bodyStart(
  { flags }: { readonly flags: number },
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  if ((flags & flag.annotated) === 0) return start;
  const first = metadataEnd(bytes, start, end);
  if (first >= 0) return first;
  throw new UpcallError("INVALID_ARGUMENT", "a frame has less metadata than it says", {
    reason: "BAD_FRAME",
    outcome: "unknown",
  });
}

/** What came with a call; or why the call is refused. */
export function besideIn(home: Household, bytes: Uint8Array, start: number, end: number): Beside | UpcallError {
  try {
    return { ...nothingBeside, metadata: metadataIn(home, bytes, start, end) };
  } catch (error) {
    return error as UpcallError;
  }
}

/** The same with more to go back. Errors: INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY). */
export function withAnswer(home: Household, beside: Beside, more: Metadata): Beside {
  const answer = metadataOf(home, beside.answer, more);
  return { ...beside, answer, bytes: metadataBytes(home, answer) };
}
