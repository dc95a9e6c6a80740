// The session on the plain wire: values of user code <-> the bytes of a message. Text is UTF-8 by the codec's own rules:
// half a character is refused on the way out, invalid bytes on the way in, and a byte order mark stays.

import type { Household } from "../../endpoint/platform.ts";
import { type Content, marshalledValueOf, messageOf } from "../../wire/plain/marshalled.ts";

/**
 * A value's bytes, as a copy; null when it is not of this content.
 * Errors: INVALID_ARGUMENT (NOT_MARSHALLABLE) for text with half a character.
 */
export function messageFrom(home: Household, content: Content, value: unknown, root: string): Uint8Array | null {
  if (content === "bytes") return value instanceof Uint8Array ? new Uint8Array(value) : null;
  if (typeof value !== "string") return null;
  const writer = home.platform.writers.take();
  try {
    home.encoder.value(writer, value, root);
    return messageOf(content, writer.bytes, 0, writer.position)?.slice() ?? null;
  } finally {
    home.platform.writers.give(writer);
  }
}

/** The value that a message is. Errors: INVALID_ARGUMENT (BAD_MESSAGE) for text that is not UTF-8. */
export function valueFrom(home: Household, content: Content, message: Uint8Array): unknown {
  if (content === "bytes") return new Uint8Array(message);
  const marshalled = marshalledValueOf(content, message);
  return home.decoder.value(marshalled, 0, marshalled.length);
}
