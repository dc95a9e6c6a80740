// Codec: bigints as sign and magnitude. They are converted through hexadecimal strings or words, in little more than
// linear time; decimal strings take quadratic time. It knows no heads and no positions.

/** Whether |value| has more decimal digits than `bound`, a power of ten, allows. Compares lengths first: no cost. */
export function isOver(value: bigint, bound: bigint): boolean {
  return value >= bound || value <= -bound;
}

/** The most bytes a magnitude of so many decimal digits can have: longer ones are refused before they are converted. */
export function bytesOfDigits(digits: number): number {
  return Math.ceil((digits * Math.log2(10)) / 8);
}

/** The value of a hexadecimal digit by its code. */
function nibble(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

/** The payload: 00 or 01, then the magnitude, big-endian, without leading zeros. */
export function toPayload(value: bigint): Uint8Array {
  const negative = value < 0n;
  const digits = value === 0n ? "" : (negative ? -value : value).toString(16);
  const hex = digits.length % 2 === 0 ? digits : `0${digits}`;
  const payload = new Uint8Array(1 + hex.length / 2);
  payload[0] = negative ? 1 : 0;
  for (let at = 1, from = 0; at < payload.length; at++, from += 2)
    payload[at] = (nibble(hex.charCodeAt(from)) << 4) | nibble(hex.charCodeAt(from + 1));
  return payload;
}

/**
 * The way back.
 * @param bytes  whose `length` bytes from `at` on are the payload
 * @returns what is wrong with the payload when it is not the one form a bigint has; undefined when it has over `digits`
 */
export function fromPayload(
  bytes: Uint8Array,
  at: number,
  length: number,
  digits: number,
): bigint | string | undefined {
  const sign = bytes[at];
  if (sign !== 0 && sign !== 1) return "the sign of a bigint is neither 00 nor 01";
  if (length === 1) return sign === 0 ? 0n : "a bigint is a negative zero";
  if (bytes[at + 1] === 0) return "a bigint begins with a zero byte";
  const magnitude =
    length - 1 <= maxShortMagnitude
      ? shortMagnitude(bytes, at + 1, at + length)
      : magnitudeOf(bytes, at + 1, at + length);
  // Only the longest payloads may be over: the power of ten is made for those alone.
  if (length > bytesOfDigits(digits) && isOver(magnitude, 10n ** BigInt(digits))) return undefined;
  return sign === 1 ? -magnitude : magnitude;
}

/** Bytes of a magnitude that is made word by word, without anything beside it: messages may hold 65,000 of them. */
const maxShortMagnitude = 64;
const word = new BigUint64Array(1);
const halves = new Uint32Array(word.buffer);
const [low, high] = new Uint16Array(new Uint32Array([1]).buffer)[0] === 1 ? [0, 1] : [1, 0];

function shortMagnitude(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n;
  for (let at = start; at < end; ) {
    // The first word has what is beyond whole ones.
    const next = at + ((end - at) % 8 || 8);
    halves[high] = 0;
    halves[low] = 0;
    for (; at < next; at++) {
      const half = next - at > 4 ? high : low;
      halves[half] = ((halves[half] ?? 0) << 8) | (bytes[at] ?? 0);
    }
    const digit = word[0] ?? 0n;
    value = value === 0n ? digit : (value << 64n) | digit;
  }
  return value;
}

/** A magnitude of words of 64 bits, put together two by two: one after the other would take quadratic time. */
function magnitudeOf(bytes: Uint8Array, start: number, end: number): bigint {
  const length = end - start;
  const words = new DataView(new ArrayBuffer(Math.ceil(length / 8) * 8));
  new Uint8Array(words.buffer).set(bytes.subarray(start, end), words.byteLength - length);
  let parts: bigint[] = [];
  for (let at = 0; at < words.byteLength; at += 8) parts.push(words.getBigUint64(at));
  for (let bits = 64n; parts.length > 1; bits *= 2n) {
    const joined: bigint[] = [];
    const odd = parts.length % 2;
    if (odd === 1) joined.push(parts[0] ?? 0n);
    for (let at = odd; at < parts.length; at += 2) joined.push(((parts[at] ?? 0n) << bits) | (parts[at + 1] ?? 0n));
    parts = joined;
  }
  return parts[0] ?? 0n;
}
