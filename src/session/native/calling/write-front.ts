// The session, the caller's half: what goes in front of a call's arguments: its metadata, and the number of the object
// that is called, where it is not the interface's own.

import type { CallExtras } from "../../../call/pending/extras.ts";
import type { Writer } from "../../../codec/writer.ts";
import type { UpcallError } from "../../../errors.ts";
import { flag } from "../../../wire/native/frame.ts";

/** The frame's flags that all this wants. */
export function flagsOf({ target, metadata }: CallExtras): number {
  return (target === null ? 0 : target.flags) | (metadata === null ? 0 : flag.annotated);
}

/** What this session puts there for all its calls; it stands last. */
export function prefix(writer: Writer, bytes: Uint8Array): void {
  writer.ensure(bytes.length);
  writer.copy(bytes);
}

/** Metadata, then the number of the object that is called. */
export function address(writer: Writer, { metadata, target }: CallExtras, number: number): void {
  writer.ensure(4 + (metadata === null ? 0 : metadata.length));
  if (metadata !== null) writer.copy(metadata);
  if (target !== null) writer.u32(number);
}

/** The number of the object that is called; null while it is not known. Throws where there will be none. */
export function numberFor({ target }: CallExtras): number | null {
  return target === null ? 0 : target.number() || null;
}

/**
 * Writes the number of the object that is called into a body that was marshalled before it was known; false while it
 * still is not. Where there will be none the call is given up.
 */
export function fillIn(extras: CallExtras, body: Uint8Array): boolean {
  let number: number | null;
  try {
    number = numberFor(extras);
  } catch (error) {
    extras.abandon(error as UpcallError);
    return true;
  }
  if (number === null) return false;
  if (extras.target !== null)
    new DataView(body.buffer, body.byteOffset).setUint32(extras.metadata?.length ?? 0, number);
  return true;
}

/** A body that was marshalled without its metadata. */
export function joined(metadata: Uint8Array, body: Uint8Array): Uint8Array {
  const both = new Uint8Array(metadata.length + body.length);
  both.set(metadata);
  both.set(body, metadata.length);
  return both;
}
