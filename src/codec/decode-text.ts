// Codec, on the way up: texts from bytes. Short ones without a call into the platform, and keys mostly without making
// a text at all. It knows nothing of containers and limits.
import { byteAt, type Reader } from "./reader.ts";
import { isUtf8, type TextPlatform } from "./text.ts";

export function readText(reader: Reader, length: number, platform: TextPlatform): string {
  reader.need(length, "a text");
  const { bytes, position } = reader;
  const end = position + length;
  reader.position = end;
  for (let at = position; at < end; at++) {
    if (byteAt(bytes, at) > 0x7f) return readUtf8(reader, position, end, platform);
  }
  return platform.latin1(bytes, position, end);
}

function readUtf8(reader: Reader, start: number, end: number, platform: TextPlatform): string {
  const text = platform.utf8(reader.bytes, start, end);
  if (text.includes("\uFFFD") && !isUtf8(reader.bytes, start, end)) {
    reader.position = start;
    throw reader.fail("BAD_MESSAGE", "a text is not valid UTF-8");
  }
  return text;
}
