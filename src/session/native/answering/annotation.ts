// The session, the callee's half: the metadata of a call, both ways: what came in front of its arguments, and what goes back
// in front of what the call settles with. Most calls have none, and share one that is empty.

import { UpcallError } from "../../../errors.ts";
import { flag } from "../../../wire/native/frame.ts";
import type { Metadata } from "../../contract.ts";
import { metadataBytes, metadataEnd, metadataIn, metadataOf, noMetadata } from "../../metadata.ts";
import type { Household } from "../../platform.ts";

/** Bytes of the number of the object that is called, in front of the arguments. */
export const aimLength = 4;

export interface Annotation {
  readonly metadata: Metadata;
  readonly answer: Metadata;
  /** The answer, marshalled; null where there is none. */
  readonly bytes: Uint8Array | null;
}

export const noAnnotation: Annotation = { metadata: noMetadata, answer: noMetadata, bytes: null };

/** Where the body of a frame goes on behind its metadata. Errors: BAD_FRAME: the connection cannot go on. */
export function bodyStart(
  { flags }: { readonly flags: number },
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  if ((flags & flag.annotated) === 0) return start;
  const first = metadataEnd(bytes, start, end);
  if (first >= 0) return first;
  throw broken("a frame has less metadata than it says");
}

/** Looks at once, before a call may be held, whether it has all that its flags say. Errors: as of `bodyStart`. */
export function checkFront(header: { readonly flags: number }, bytes: Uint8Array, start: number, end: number): void {
  const first = bodyStart(header, bytes, start, end);
  if ((header.flags & flag.target) !== 0 && end - first < aimLength)
    throw broken("a call of an object has no room for the object's number");
}

/** What came with a call; or why the call is refused. */
export function annotationIn(home: Household, bytes: Uint8Array, start: number, end: number): Annotation | UpcallError {
  try {
    return { ...noAnnotation, metadata: metadataIn(home, bytes, start, end) };
  } catch (error) {
    return error as UpcallError;
  }
}

/** The same with more to go back. Errors: INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY). */
export function withAnswer(home: Household, annotation: Annotation, more: Metadata): Annotation {
  const answer = metadataOf(home, annotation.answer, more);
  return { ...annotation, answer, bytes: metadataBytes(home, answer) };
}

function broken(message: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", message, { reason: "BAD_FRAME", outcome: "unknown" });
}
