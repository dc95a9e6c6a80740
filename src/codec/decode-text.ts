// Codec, on the way up: texts from bytes. Short ones in ASCII are made without the platform, because a call into it costs
// more than they do. It knows nothing of containers and limits.
import { longestAscii, toAscii } from "./ascii.ts";
import type { Reader } from "./reader.ts";
import { isUtf8, type TextPlatform } from "./text.ts";

/** Reads a text of `length` bytes. @throws UpcallError BAD_MESSAGE when they are not there, or not UTF-8 */
export function readText(reader: Reader, length: number, platform: TextPlatform): string {
  if (length === 0) return "";
  reader.need(length, "a text");
  const { bytes, position } = reader;
  reader.position = position + length;
  if (length <= longestAscii) {
    const short = toAscii(bytes, position, length);
    if (short !== "") return short;
  }
  const text = platform.utf8(bytes, position, position + length);
  if (text.includes("\uFFFD")) checkText(reader, position);
  return text;
}

/** A text came out with a sign that may stand for what is none. */
function checkText(reader: Reader, start: number): void {
  if (isUtf8(reader.bytes, start, reader.position)) return;
  reader.position = start;
  throw reader.fail("BAD_MESSAGE", "a text is not valid UTF-8");
}
