// The session, coming in: what stands in front of a call's arguments in its body: metadata, and the number of an
// object.

import { metadataEnd } from "../../../call/metadata.ts";
import { UpcallError } from "../../../errors.ts";
import { flag } from "../../../wire/native/frame.ts";

/** Bytes of the number of the object that is called, in front of the arguments. */
export const aimLength = 4;

/** Where the body of a frame goes on behind its metadata. @throws UpcallError BAD_FRAME: the connection cannot go on */
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

/**
 * Looks at once, before a call may be held, whether it has all that its flags say.
 * @throws UpcallError as for `bodyStart`
 */
export function checkFront(header: { readonly flags: number }, bytes: Uint8Array, start: number, end: number): void {
  const first = bodyStart(header, bytes, start, end);
  if ((header.flags & flag.target) !== 0 && end - first < aimLength)
    throw broken("a call of an object has no room for the object's number");
}

function broken(message: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", message, { reason: "BAD_FRAME", outcome: "unknown" });
}
