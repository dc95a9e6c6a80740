// Makes a test of each thing that is fuzzed.

import { test } from "node:test";
import { fuzz, type MakeFuzzed, standing } from "./fuzz.ts";
import { Random } from "./random.ts";

/** Always the same ones, in every run; `node scripts/fuzz.mjs` gives ten times as many that nobody has tried yet. */
const count = 200_000;
/** A test run shares its machine, and collections beside other programs take long: only what comes again and again counts. */
const slow = 8;

export function fuzzed(all: readonly MakeFuzzed[]): void {
  for (const make of all) {
    const { name } = make(new Random(standing));
    test(`${count} inputs, seed ${standing}: ${name}`, async (t) => {
      const { refused, taken, seconds } = await fuzz(make, { seed: standing, count, slow });
      t.diagnostic(`${refused} refused, ${taken} taken, in ${seconds.toFixed(1)} s`);
    });
  }
}
