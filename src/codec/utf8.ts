// Codec, the lowest step: how UTF-8 becomes strings and strings become UTF-8. The platform's fast way is handed in, so
// that this folder knows no platform. Browsers and tests use the portable way below.

/** How UTF-8 becomes a string and back. Each method trusts its caller: the caller checks bounds and space. */
export interface TextPlatform {
  /**
   * The string of `bytes[start..end)`. Invalid UTF-8 may become U+FFFD, a byte order mark must stay: the decoder
   * checks.
   */
  utf8(bytes: Uint8Array, start: number, end: number): string;
  /**
   * Writes a string as UTF-8 at `at`, where there are three bytes for each of its code units.
   * @returns bytes written; a lone surrogate becomes U+FFFD, which the encoder refuses
   */
  write(bytes: Uint8Array, at: number, text: string): number;
}

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();

/**
 * TextDecoder and TextEncoder, which every JavaScript platform has; on Node 20, 50 to 70 ns a string slower than Node's
 * own.
 */
export const portableText: TextPlatform = {
  utf8: (bytes, start, end) => lenient.decode(bytes.subarray(start, end)),
  write: (bytes, at, text) => encoder.encodeInto(text, bytes.subarray(at)).written,
};

/** Whether bytes are valid UTF-8. Slow: asked only when a string came out with U+FFFD in it. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  try {
    strict.decode(bytes.subarray(start, end));
    return true;
  } catch {
    return false;
  }
}

/** Whether a string has half a surrogate pair, which UTF-8 cannot hold. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
