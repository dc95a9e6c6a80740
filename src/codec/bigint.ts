// Codec: bigints as sign and magnitude. Hexadecimal texts are the way across in both directions, because they take
// linear time where decimal ones do not. It knows no heads and no positions.

/** Whether |value| has more decimal digits than `bound`, a power of ten, allows. Compares lengths first: no cost. */
export function isOver(value: bigint, bound: bigint): boolean {
  return value >= bound || value <= -bound;
}

/** The most bytes a magnitude of so many decimal digits can have: longer ones are refused before they are converted. */
export function bytesOfDigits(digits: number): number {
  return Math.ceil((digits * Math.log2(10)) / 8);
}

/** The payload: 00 or 01, then the magnitude, big-endian, without leading zeros. */
export function toPayload(value: bigint): Uint8Array {
  const negative = value < 0n;
  const digits = value === 0n ? "" : (negative ? -value : value).toString(16);
  const hex = digits.length % 2 === 0 ? digits : `0${digits}`;
  const payload = new Uint8Array(1 + hex.length / 2);
  payload[0] = negative ? 1 : 0;
  for (let at = 1; at < payload.length; at++) payload[at] = Number.parseInt(hex.slice(2 * at - 2, 2 * at), 16);
  return payload;
}

/**
 * The way back.
 * @returns what is wrong with the payload when it is not the one form a bigint has; undefined when it has over `digits`
 */
export function fromPayload(payload: Uint8Array, digits: number): bigint | string | undefined {
  const sign = payload[0];
  if (sign !== 0 && sign !== 1) return "the sign of a bigint is neither 00 nor 01";
  if (payload.length === 1) return sign === 0 ? 0n : "a bigint is a negative zero";
  if (payload[1] === 0) return "a bigint begins with a zero byte";
  let hex = "0x";
  for (let at = 1; at < payload.length; at++) hex += (payload[at] ?? 0).toString(16).padStart(2, "0");
  const magnitude = BigInt(hex);
  // Only the longest payloads may be over: the power of ten is made for those alone.
  if (payload.length > bytesOfDigits(digits) && isOver(magnitude, 10n ** BigInt(digits))) return undefined;
  return sign === 1 ? -magnitude : magnitude;
}
