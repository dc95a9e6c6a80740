// What strangers send: bytes that are no value, or more of one than the limits allow. Each costs its sender an error that
// says where, and nothing is made of it.
import type { Reason } from "#internal/errors.js";

export const times = (hex: string, count: number): string => hex.repeat(count);
export const hexOf = (text: string): string => Buffer.from(text).toString("hex");
export const int64 = (n: bigint): string => BigInt.asUintN(64, n).toString(16).padStart(16, "0");

/** What it is, the bytes, the reason for which they are refused, the byte that is named. */
export const refused: readonly (readonly [string, string, Reason, number?])[] = [
  ["no byte at all", "", "BAD_MESSAGE", 0],
  ["the byte that is never used", "c1", "BAD_MESSAGE", 0],
  ["an array of 2^32-1 without a body", "ddffffffff", "BAD_MESSAGE"],
  ["an array of 65535 without a body", "dcffff", "BAD_MESSAGE"],
  ["a map of 2^32-1 without a body", "dfffffffff", "BAD_MESSAGE"],
  ["a text of 2^32-1 without a body", "dbffffffff", "BAD_MESSAGE"],
  ["binary of 2^32-1 without a body", "c6ffffffff", "BAD_MESSAGE"],
  ["an extension of 2^32-1 without a body", "c9ffffffff02", "BAD_MESSAGE"],
  ["a bigint of 2^32-1 bytes without a body", "c9ffffffff01", "BAD_MESSAGE"],
  ["300 bytes of arrays that each declare 2^32-1", times("ddffffffff", 60), "BAD_MESSAGE", 5],
  ["300 bytes of maps that each declare 65535", times("deffff", 100), "BAD_MESSAGE", 3],
  ["60 arrays that each declare as many as there are bytes", times("dc00b0", 60), "BAD_MESSAGE"],
  ["as many nested empty-looking containers as bytes", times("9f", 60) + times("c0", 60), "BAD_MESSAGE"],
  ["depth 65 of arrays", `${times("91", 65)}c0`, "TOO_DEEP", 65],
  ["depth 65 of objects", `${times("81a161", 65)}c0`, "TOO_DEEP"],
  ["depth 65, the last one empty", `${times("91", 64)}90`, "TOO_DEEP"],
  ["depth 65, the last one a Map", `${times("91", 64)}c70002`, "TOO_DEEP"],
  ["depth 65 within an error's cause", errorWith("cause", `${times("91", 64)}c0`), "TOO_DEEP"],
  ["depth of 10 million arrays", times("91", 10_000_000), "TOO_DEEP", 65],
  ["depth of 10 million in Map keys", nestedKeys(200), "TOO_DEEP"],
  ["depth in a field of an error that is skipped", errorWith("other", `${times("91", 64)}c0`), "TOO_DEEP"],
  ["the key __proto__", `81a9${hexOf("__proto__")}80`, "BAD_MESSAGE", 2],
  ["the key __proto__ with a longer head", `81d909${hexOf("__proto__")}80`, "BAD_MESSAGE", 3],
  ["the key __proto__ nested", `9181a16181a9${hexOf("__proto__")}80`, "BAD_MESSAGE"],
  ["the key __proto__ in an error", errorWith("__proto__", "80"), "BAD_MESSAGE"],
  ["a number as a key", "810101", "BAD_MESSAGE", 1],
  ["nil as a key", "81c001", "BAD_MESSAGE", 1],
  ["an array as a key", "819001", "BAD_MESSAGE", 1],
  ["binary as a key", "81c40101c0", "BAD_MESSAGE", 1],
  ["bytes after the value", "c0c0", "BAD_MESSAGE", 1],
  ["invalid UTF-8: a continuation byte", "a180", "BAD_MESSAGE", 1],
  ["invalid UTF-8: cut", "a2e282", "BAD_MESSAGE", 1],
  ["invalid UTF-8: overlong", "a2c080", "BAD_MESSAGE", 1],
  ["invalid UTF-8: a surrogate", "a3eda080", "BAD_MESSAGE", 1],
  ["invalid UTF-8: beyond U+10FFFF", "a4f4908080", "BAD_MESSAGE", 1],
  ["invalid UTF-8 beside a real U+FFFD", "a4efbfbdff", "BAD_MESSAGE", 1],
  ["invalid UTF-8 in a long text", `d940${times("61", 63)}ff`, "BAD_MESSAGE", 2],
  ["invalid UTF-8 in a key", "81a1ff01", "BAD_MESSAGE", 2],
  ["uint 64 of 2^53", `cf${int64(2n ** 53n)}`, "BAD_MESSAGE", 1],
  ["uint 64 of 2^64-1", `cf${int64(2n ** 64n - 1n)}`, "BAD_MESSAGE", 1],
  ["int 64 of -2^53", `d3${int64(-(2n ** 53n))}`, "BAD_MESSAGE", 1],
  ["int 64 of -2^63", `d3${int64(-(2n ** 63n))}`, "BAD_MESSAGE", 1],
  ["int 64 of 2^63-1", `d3${int64(2n ** 63n - 1n)}`, "BAD_MESSAGE", 1],
  ["a date a second after the last", `c70cff00000000${int64(8_640_000_000_001n)}`, "BAD_MESSAGE"],
  ["a date a second before the first", `c70cff00000000${int64(-8_640_000_000_001n)}`, "BAD_MESSAGE"],
  ["a date of 2^63-1 seconds", `c70cff00000000${int64(2n ** 63n - 1n)}`, "BAD_MESSAGE"],
  ["a date with 10^9 nanoseconds", `c70cff3b9aca00${int64(0n)}`, "BAD_MESSAGE"],
  ["a date with 2^30-1 nanoseconds", "d7fffffffffc00000000", "BAD_MESSAGE"],
  ["a date of 5 bytes", "c705ff0000000000", "BAD_MESSAGE"],
  ["undefined of 2 bytes", "d5000000", "BAD_MESSAGE"],
  ["undefined of no byte", "c70000", "BAD_MESSAGE"],
  ["undefined that is not 00", "d40001", "BAD_MESSAGE"],
  ["an invalid date that is not 00", "d40601", "BAD_MESSAGE"],
  ["a bigint of no byte", "c70001", "BAD_MESSAGE"],
  ["a bigint with sign 02", "d5010201", "BAD_MESSAGE"],
  ["a bigint that is minus zero", "d40101", "BAD_MESSAGE"],
  ["a bigint with a leading zero", "d5010000", "BAD_MESSAGE"],
  ["a bigint of a million bytes, which is not even looked at", `c9000f42410100${times("00", 1_000_000)}`, "TOO_LARGE"],
  ["a bigint of a million bytes", `c9000f42410100${times("ff", 1_000_000)}`, "TOO_LARGE"],
  ["a typed array of no byte", "c70004", "BAD_MESSAGE"],
  ["a typed array of an unknown element", "d4040c", "BAD_MESSAGE"],
  ["a typed array that ends within an element", "d604090000", "BAD_MESSAGE"],
  ["a Float64Array of 9 bytes", `c70a0409${times("00", 9)}`, "BAD_MESSAGE"],
  ["an unknown extension", "d47f00", "BAD_MESSAGE", 1],
  ["the unknown extension -128", "d48000", "BAD_MESSAGE", 1],
  ["a Map with a key and no value", "c7010201", "BAD_MESSAGE"],
  ["a Map whose value goes on behind its end", "c7020201a16100", "BAD_MESSAGE"],
  ["a Map with a key twice", "c7040201c001c0", "BAD_MESSAGE"],
  ["a Set with a value twice", "c702030101", "BAD_MESSAGE"],
  ["a Set whose array declares what stands behind its end", "92c7010391c0c0", "BAD_MESSAGE"],
  ["records of no byte", "c70008", "BAD_MESSAGE"],
  ["records whose keys are no array", "d408a1", "BAD_MESSAGE", 2],
  ["records without keys", "c7010890", "BAD_MESSAGE"],
  ["records without keys and with values", `c7410890${times("c0", 64)}`, "BAD_MESSAGE"],
  ["records of which there is none", "c7030891a161", "BAD_MESSAGE"],
  ["records that declare 2^32-1 keys", "c70508ddffffffff", "BAD_MESSAGE"],
  ["records that declare more keys than they have bytes for values", `c70d08dc0006${times("a161", 5)}`, "BAD_MESSAGE"],
  ["records that declare 60 keys in 80 bytes", `c75308dc003c${times("a0", 80)}`, "BAD_MESSAGE"],
  ["records with a number as a key", "c703089101c0", "BAD_MESSAGE", 4],
  ["records with the key __proto__", `c70c0891a9${hexOf("__proto__")}80`, "BAD_MESSAGE", 5],
  ["records with a key twice", "c7070892a161a1610102", "BAD_MESSAGE"],
  ["records with a key of Object.prototype twice", `c7150892${times(`a8${hexOf("toString")}`, 2)}0102`, "BAD_MESSAGE"],
  ["records of which the first is cut", "c7060892a161a16201", "BAD_MESSAGE"],
  ["records of which the second is cut", "c7080892a161a162010203", "BAD_MESSAGE"],
  ["records whose value goes on behind their end", "92c7040891a16192c0c0", "BAD_MESSAGE"],
  ["records that end behind their payload", "92c7030891a16101", "BAD_MESSAGE"],
  ["records in which 300 bytes declare 2^32-1", `c8012b0891a161${times("ddffffffff", 59)}c0`, "BAD_MESSAGE"],
  ["depth 65, the last one a record", `${times("91", 63)}c7040891a161c0`, "TOO_DEEP"],
  ["depth in records in records", nestedRecords(33), "TOO_DEEP"],
  ["21846 records of one key", `c9000055590891a161${times("c0", 21846)}`, "TOO_MANY"],
  [
    "records of 32768 keys, which are not looked at",
    `c90001800308dc8000${times("a0", 32768)}${times("c0", 65536)}`,
    "TOO_MANY",
  ],
  ["an error that is no map", "d405c0", "BAD_MESSAGE"],
  ["an error of no byte", "c70005", "BAD_MESSAGE"],
  ["an error without a name", "d40580", "BAD_MESSAGE"],
  ["an error whose code is a number", errorWith("code", "01"), "BAD_MESSAGE"],
  ["an error whose errors are a text", errorWith("errors", "a161"), "BAD_MESSAGE"],
  ["an error with bytes behind its map", `92c7110582a4${hexOf("name")}a0a7${hexOf("message")}a0c0`, "BAD_MESSAGE"],
  ["65536 nulls and their array", `dd00010000${times("c0", 65536)}`, "TOO_MANY"],
  ["65536 nulls in a Set", `c90001000003${times("c0", 65536)}`, "BAD_MESSAGE"],
  ["32768 keys and values and their map", `de8000${times("a0c0", 32768)}`, "TOO_MANY"],
];

/** Extensions in extensions, each the key of the one before. */
function nestedKeys(count: number): string {
  let hex = "c0";
  for (let i = 0; i < count; i++) hex = `c9${(hex.length / 2 + 1).toString(16).padStart(8, "0")}02${hex}c0`;
  return hex;
}

/** Records of one key, each the only value of the one before. */
function nestedRecords(count: number): string {
  let hex = "c0";
  for (let i = 0; i < count; i++) hex = `c9${(hex.length / 2 + 3).toString(16).padStart(8, "0")}0891a161${hex}`;
  return hex;
}

function errorBody(key: string, value: string): string {
  return `0583a4${hexOf("name")}a0a7${hexOf("message")}a0${key}${value}`;
}

/** A whole error with one field more. */
export function errorWith(key: string, value: string): string {
  const body = errorBody((0xa0 + key.length).toString(16) + hexOf(key), value);
  return `c8${(body.length / 2 - 1).toString(16).padStart(4, "0")}${body}`;
}
