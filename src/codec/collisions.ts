// Codec, on the way up: what the keys of a Map or a Set cost the engine. Engines hash numbers, bigints and (Node before
// 2026, Deno) decimal strings without a secret. A peer can choose thousands that fall into one bucket, where each is
// compared with all before it. The same sums are done here before a key is set, and no clock is asked: the same keys
// are refused on every machine, however busy. It knows no bytes.
//
//   key                          V8's hash of it
//   ---------------------------  --------------------------------------------------------------------------------------
//   number, whole, of 32 bits    Thomas Wang's of 32 bits; -0 as 0
//   any other number             Thomas Wang's of 64 bits, of the bits of the double
//   bigint                       the same of the lowest 64 bits of its magnitude
//   string of an array's index   the lowest 24 bits of the number (patched engines: under a secret)
//   all others                   under a secret, or random: nothing to count
//
//   A table for n keys has m/2 buckets, where m is the least power of two that is n or more; a bucket is the low bits
//   of a hash. Bun's engine has other hashes; there the clock in pace.ts is what is left.

/** Keys of one container that are set without a look: what they can cost is less than what they take to read. */
export const uncountedKeys = 32;
/** Keys of one bucket that are not counted: honest keys seldom have more than six. */
const ordinaryBucketKeys = 8;
/** Comparing two bigints or strings takes as long as comparing so many numbers. */
const slow = 4;
const slowBit = 0x4000_0000;

const double = new Float64Array(1);
const big = new BigUint64Array(double.buffer);
const words = new Uint32Array(double.buffer);
const [low, high] = new Uint16Array(new Uint32Array([1]).buffer)[0] === 1 ? [0, 1] : [1, 0];

/**
 * Comparisons that setting these keys would take, without the first {@link uncountedKeys} keys and the ordinary ones of
 * each bucket.
 * @param most counting ends there
 */
export function comparisons(keys: readonly unknown[], most: number): number {
  const count = keys.length;
  const hashes = new Int32Array(count);
  for (let i = 0; i < count; i++) hashes[i] = hashOf(keys[i]);
  let beyond = 0;
  let capacity = uncountedKeys;
  let mask = 0;
  let buckets = new Uint32Array(0);
  for (let i = 0; i < count && beyond <= most; i++) {
    if (uncountedKeys + i >= capacity) {
      capacity *= 2;
      mask = capacity / 2 - 1;
      buckets = bucketsOf(hashes, i, mask);
    }
    const hash = hashes[i] ?? -1;
    if (hash < 0) continue;
    const before = buckets[hash & mask] ?? 0;
    buckets[hash & mask] = before + 1;
    if (before > ordinaryBucketKeys) beyond += (before - ordinaryBucketKeys) * ((hash & slowBit) === 0 ? 1 : slow);
  }
  return beyond;
}

/** The first `count` hashes by their buckets, as the engine has them after its table has grown. */
function bucketsOf(hashes: Int32Array, count: number, mask: number): Uint32Array<ArrayBuffer> {
  const buckets = new Uint32Array(mask + 1);
  for (let i = 0; i < count; i++) {
    const hash = hashes[i] ?? -1;
    if (hash >= 0) buckets[hash & mask] = (buckets[hash & mask] ?? 0) + 1;
  }
  return buckets;
}

/**
 * The 30 bits of a hash, with {@link slowBit} where it is that of a bigint or a string; -1 where no peer can choose it.
 */
function hashOf(key: unknown): number {
  if (typeof key === "number") {
    if ((key | 0) === key) return ofInteger(key);
    double[0] = key;
    return ofDouble();
  }
  if (typeof key === "bigint") {
    big[0] = key < 0n ? -key : key;
    return ofDouble() | slowBit;
  }
  if (typeof key !== "string") return -1;
  const index = indexOf(key);
  return index < 0 ? -1 : (index & 0xff_ffff) | slowBit;
}

function ofInteger(key: number): number {
  let hash = (~key + (key << 15)) | 0;
  hash ^= hash >>> 12;
  hash = (hash + (hash << 2)) | 0;
  hash ^= hash >>> 4;
  hash = Math.imul(hash, 2057);
  hash ^= hash >>> 16;
  return hash & 0x3fff_ffff;
}

/** Of the 64 bits in `words`, in two halves, because arithmetic with bigints takes twenty times as long. */
function ofDouble(): number {
  let lo = words[low] ?? 0;
  let hi = words[high] ?? 0;
  // ~hash + (hash << 18)
  let sum = (~lo >>> 0) + ((lo << 18) >>> 0);
  hi = (~hi + ((hi << 18) | (lo >>> 14)) + (sum > 0xffff_ffff ? 1 : 0)) | 0;
  lo = sum | 0;
  // hash ^ (hash >>> 31)
  lo ^= (hi << 1) | (lo >>> 31);
  hi ^= hi >>> 31;
  // hash * 21
  sum = (lo >>> 0) * 21;
  hi = (Math.imul(hi, 21) + Math.floor(sum / 0x1_0000_0000)) | 0;
  lo = sum | 0;
  // hash ^ (hash >>> 11)
  lo ^= (hi << 21) | (lo >>> 11);
  hi ^= hi >>> 11;
  // hash + (hash << 6)
  sum = (lo >>> 0) + ((lo << 6) >>> 0);
  hi = (hi + ((hi << 6) | (lo >>> 26)) + (sum > 0xffff_ffff ? 1 : 0)) | 0;
  lo = sum | 0;
  // hash ^ (hash >>> 22)
  return (lo ^ ((hi << 10) | (lo >>> 22))) & 0x3fff_ffff;
}

const zero = 0x30;
const longestIndex = 10;

/**
 * The number that a string is as an index of arrays, in its one form: "7", and neither "07" nor "7.0"; -1 for others.
 */
export function indexOf(text: string): number {
  const { length } = text;
  if (length === 0 || length > longestIndex) return -1;
  let index = text.charCodeAt(0) - zero;
  if (index < 0 || index > 9 || (index === 0 && length > 1)) return -1;
  for (let at = 1; at < length; at++) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return -1;
    index = index * 10 + digit;
  }
  return index < 0xffff_ffff ? index : -1;
}
