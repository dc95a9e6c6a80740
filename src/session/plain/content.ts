// The session on the plain wire: values of user code <-> the bytes of a message. Text is UTF-8 by the codec's own
// rules: half a character is refused on the way out, invalid bytes on the way in, and a byte order mark stays.

import { loneSurrogate } from "../../codec/not-marshallable.ts";
import { hasLoneSurrogate, isUtf8 } from "../../codec/utf8.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { notExecuted } from "../../errors.ts";
import type { MethodEntry } from "../../interface/define.ts";

/** What a plain message holds. */
export type Content = "text" | "bytes";

export function contentOf({ method }: MethodEntry): Content {
  return method.plain === "bytes" ? "bytes" : "text";
}

/**
 * A value's bytes, as a copy; null when it is not of this content.
 * @throws UpcallError INVALID_ARGUMENT (NOT_MARSHALLABLE) for text with half a character
 */
export function messageOf({ platform }: Endpoint, content: Content, value: unknown, root: string): Uint8Array | null {
  if (content === "bytes") return value instanceof Uint8Array ? new Uint8Array(value) : null;
  if (typeof value !== "string") return null;
  const bytes = new Uint8Array(3 * value.length);
  const length = platform.text.write(bytes, 0, value);
  if (length !== value.length && hasLoneSurrogate(value))
    throw notExecuted("INVALID_ARGUMENT", "NOT_MARSHALLABLE", `cannot send ${root}: it ${loneSurrogate}`);
  return bytes.slice(0, length);
}

/** The value that a message is. @throws UpcallError INVALID_ARGUMENT (BAD_MESSAGE) for text that is not UTF-8 */
export function valueIn({ platform }: Endpoint, content: Content, message: Uint8Array): unknown {
  if (content === "bytes") return new Uint8Array(message);
  const text = platform.text.utf8(message, 0, message.length);
  if (text.includes("\uFFFD") && !isUtf8(message, 0, message.length))
    throw notExecuted("INVALID_ARGUMENT", "BAD_MESSAGE", "the message is not valid UTF-8, and its interface says text");
  return text;
}
