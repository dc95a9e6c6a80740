// Makes a test of each thing that is fuzzed, with the seed of the run.

import { test } from "node:test";
import { seed } from "../harness/seed.ts";
import { ofTier } from "../harness/tier.ts";
import { fuzz, type MakeFuzzed } from "./fuzz.ts";
import { Random } from "./random.ts";

const count = ofTier({ quick: 20_000, gate: 200_000, all: 2_000_000 });

export function fuzzed(all: readonly MakeFuzzed[]): void {
  for (const make of all) {
    const { name } = make(new Random(seed));
    test(`${count} inputs, seed ${seed}: ${name}`, async (t) => {
      const { refused, taken, seconds } = await fuzz(make, { seed, count });
      t.diagnostic(`${refused} refused, ${taken} taken, in ${seconds.toFixed(1)} s`);
    });
  }
}
