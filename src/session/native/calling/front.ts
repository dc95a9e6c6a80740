// The session, the caller's half: what goes in front of a call's arguments: its metadata, and the number of the object that
// is called, where it is not the interface's own.

import type { Cargo } from "../../../call/pending/cargo.ts";
import type { Writer } from "../../../codec/writer.ts";
import type { UpcallError } from "../../../errors.ts";
import { flag } from "../../../wire/native/frame.ts";
import type { NoteOf } from "../handshake/session-options.ts";

/** The frame's flags that all this wants. */
export function flagsOf({ aim, metadata }: Cargo): number {
  return (aim === null ? 0 : aim.flags) | (metadata === null ? 0 : flag.annotated);
}

/** All of it; a pool's note stands last. */
export function front(writer: Writer, cargo: Cargo, number: number, noteOf: NoteOf | null): void {
  address(writer, cargo, number);
  if (noteOf === null) return;
  const note = noteOf(cargo.options);
  writer.ensure(note.length);
  writer.copy(note);
}

/** Metadata, then the number of the object that is called. */
export function address(writer: Writer, { metadata, aim }: Cargo, number: number): void {
  writer.ensure(4 + (metadata === null ? 0 : metadata.length));
  if (metadata !== null) writer.copy(metadata);
  if (aim !== null) writer.u32(number);
}

/** The number of the object that is called; null while it is not known. Throws where there will be none. */
export function numberFor({ aim }: Cargo): number | null {
  return aim === null ? 0 : aim.number() || null;
}

/**
 * Writes the number of the object that is called into a body that was marshalled before it was known; false while it still is
 * not. Where there will be none the call is given up.
 */
export function aimed(cargo: Cargo, body: Uint8Array): boolean {
  let number: number | null;
  try {
    number = numberFor(cargo);
  } catch (error) {
    cargo.abandon(error as UpcallError);
    return true;
  }
  if (number === null) return false;
  if (cargo.aim !== null) new DataView(body.buffer, body.byteOffset).setUint32(cargo.metadata?.length ?? 0, number);
  return true;
}
