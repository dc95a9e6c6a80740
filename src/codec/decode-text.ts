// Codec, on the way up: strings from UTF-8. Short ASCII strings are made without the platform, because a call into it
// costs more. It knows nothing of containers and limits.
import { longestAscii, toAscii } from "./ascii.ts";
import { isUtf8, type TextPlatform } from "./utf8.ts";
import type { Reader } from "./value-reader.ts";

/** Reads a string of `length` bytes. @throws UpcallError BAD_MESSAGE when they are not there, or not UTF-8 */
export function readText(reader: Reader, length: number, platform: TextPlatform): string {
  if (length === 0) return "";
  reader.need(length, "a string");
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

/** The string has U+FFFD in it, which the platform may have put in the place of invalid bytes. */
function checkText(reader: Reader, start: number): void {
  if (isUtf8(reader.bytes, start, reader.position)) return;
  reader.position = start;
  throw reader.fail("BAD_MESSAGE", "a string is not valid UTF-8");
}
