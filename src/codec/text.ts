// Codec, the lowest step: how bytes become text and text becomes bytes. The platform's fast way is handed in, so that
// this folder knows no platform; the portable way below serves browsers and tests.

/** How bytes become text and back. Each method trusts its caller: bounds and space are checked before. */
export interface TextPlatform {
  /** The text of `bytes[start..end)`. Invalid UTF-8 may become U+FFFD, a byte order mark must stay: the decoder checks. */
  utf8(bytes: Uint8Array, start: number, end: number): string;
  /**
   * Writes text as UTF-8 at `at`, where there are three bytes for each of its code units.
   * @returns bytes written; a lone surrogate becomes U+FFFD, which the encoder refuses
   */
  write(bytes: Uint8Array, at: number, text: string): number;
}

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();

/** TextDecoder and TextEncoder, which every JavaScript platform has; on Node 20, 50 to 70 ns a text behind Node's own. */
export const portableText: TextPlatform = {
  utf8: (bytes, start, end) => lenient.decode(bytes.subarray(start, end)),
  write: (bytes, at, text) => encoder.encodeInto(text, bytes.subarray(at)).written,
};

/** Whether bytes are valid UTF-8. Slow: asked only when a text came out with U+FFFD in it. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  try {
    strict.decode(bytes.subarray(start, end));
    return true;
  } catch {
    return false;
  }
}

/** Whether UTF-16 text has half a surrogate pair, which UTF-8 cannot say. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
