// Keys that V8 puts into one bucket of a Map or a Set. Its hashes lose nothing but their highest bits, so they are undone
// step by step here, with bigints and from its sources: a mistake in the codec's own is not made twice.

/** `x => x * factor + added`, and then `x => x ^ (x >> shift)`, in so many bits. */
type Step = readonly [factor: bigint, added: bigint, shift: bigint];

interface Hash {
  readonly bits: number;
  readonly steps: readonly Step[];
}

/** ComputeUnseededHash: ~x + (x << 15) is x * (2^15 - 1) - 1. */
const ofIntegers: Hash = {
  bits: 32,
  steps: [
    [2n ** 15n - 1n, -1n, 12n],
    [5n, 0n, 4n],
    [2057n, 0n, 16n],
  ],
};

/** ComputeLongHash. */
const of64Bits: Hash = {
  bits: 64,
  steps: [
    [2n ** 18n - 1n, -1n, 31n],
    [21n, 0n, 11n],
    [65n, 0n, 22n],
  ],
};

function hash({ bits, steps }: Hash, key: bigint): number {
  let x = BigInt.asUintN(bits, key);
  for (const [factor, added, shift] of steps) {
    x = BigInt.asUintN(bits, x * factor + added);
    x ^= x >> shift;
  }
  return Number(x & 0x3fff_ffffn);
}

/** What has this hash, of which all bits are given. */
function unhash({ bits, steps }: Hash, hashed: bigint): bigint {
  let x = hashed;
  for (const [factor, added, shift] of steps.toReversed()) {
    for (let known = shift, high = x; known < BigInt(bits); known += shift) x = high ^ (x >> shift);
    x = BigInt.asUintN(bits, (x - added) * inverse(factor, bits));
  }
  return x;
}

function inverse(factor: bigint, bits: number): bigint {
  let found = factor;
  for (let right = 3; right < bits; right *= 2) found = BigInt.asUintN(bits, found * (2n - factor * found));
  return found;
}

const view = new DataView(new ArrayBuffer(8));

export function hashInV8(key: number | bigint): number {
  if (typeof key === "bigint") return hash(of64Bits, key < 0n ? -key : key);
  if (key >= -(2 ** 31) && key < 2 ** 31 && Number.isInteger(key)) return hash(ofIntegers, BigInt(key));
  view.setFloat64(0, key);
  return hash(of64Bits, view.getBigUint64(0));
}

type Keys = (count: number, bucket?: number) => unknown[];

const upTo = (count: number): bigint[] => Array.from({ length: count }, (_, i) => BigInt(i));

/** At most 65,536 integers whose hashes have the same lowest 16 bits. */
export const integers = (count: number, bucket = 5): number[] =>
  upTo(count).map((i) => Number(BigInt.asIntN(32, unhash(ofIntegers, (i << 16n) | BigInt(bucket)))));

/** Doubles of the same hash, which are no integers of 32 bits. */
const doubles = (count: number, bucket = 5): number[] => {
  const found: number[] = [];
  for (let i = 0n; found.length < count; i++) {
    view.setBigUint64(0, unhash(of64Bits, (i << 30n) | BigInt(bucket)));
    const double = view.getFloat64(0);
    if (Number.isFinite(double)) found.push(double);
  }
  return found;
};

/** Bigints of 64 bits of the same hash. */
const shortBigints = (count: number, bucket = 5): bigint[] =>
  upTo(count).map((i) => unhash(of64Bits, (i << 30n) | BigInt(bucket)));

/** Bigints that differ beyond their lowest 64 bits. */
export const bigints = (count: number): bigint[] => upTo(count).map((i) => (i << 64n) | 5n);

/** At most 30,000 strings of digits that are alike in the lowest 17 bits, all that engines without a secret look at. */
const numericStrings = (count: number): string[] => upTo(count).map((i) => String(0x11_0007n + i * 0x2_0000n));

/** Every kind of keys that collide. */
export const colliding: Readonly<Record<string, Keys>> = {
  integers,
  doubles,
  bigints,
  "bigints of 64 bits": shortBigints,
  "numeric strings": numericStrings,
};

/** 65,536 numbers below 1 that look random and are always the same. */
export function numbersFrom(seed: number): number[] {
  let state = seed;
  return Array.from({ length: 65_536 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const low = state;
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state * 2 ** 21 + (low >>> 11)) / 2 ** 53;
  });
}
