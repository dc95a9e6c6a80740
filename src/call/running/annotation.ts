// The session, the callee's half: the metadata of a call, both ways: what came in front of its arguments, and what goes
// back in front of what the call settles with. Most calls have none, and share one that is empty.

import type { Metadata } from "../../contract/caller.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import type { UpcallError } from "../../errors.ts";
import { metadataBytes, metadataIn, metadataOf, noMetadata } from "../metadata.ts";

export interface Annotation {
  readonly metadata: Metadata;
  readonly answer: Metadata;
  /** The answer, marshalled; null where there is none. */
  readonly bytes: Uint8Array | null;
}

export const noAnnotation: Annotation = { metadata: noMetadata, answer: noMetadata, bytes: null };

/** What came with a call; or why the call is refused. */
export function annotationIn(
  endpoint: Endpoint,
  bytes: Uint8Array,
  start: number,
  end: number,
): Annotation | UpcallError {
  try {
    return { ...noAnnotation, metadata: metadataIn(endpoint, bytes, start, end) };
  } catch (error) {
    return error as UpcallError;
  }
}

/**
 * The same with more to go back.
 * @throws UpcallError INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY)
 */
export function withAnswer(endpoint: Endpoint, annotation: Annotation, more: Metadata): Annotation {
  const answer = metadataOf(endpoint, annotation.answer, more);
  return { ...annotation, answer, bytes: metadataBytes(endpoint, answer) };
}
