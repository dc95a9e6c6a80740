// Makes a test of each thing that is fuzzed.

import { test } from "node:test";
import { fuzz, type MakeFuzzed, standing } from "./fuzz.ts";
import { Random } from "./random.ts";

const count = 2_000_000;

export function fuzzed(all: readonly MakeFuzzed[]): void {
  for (const make of all) {
    const { name } = make(new Random(standing));
    test(`${count} inputs, seed ${standing}: ${name}`, async (t) => {
      const { refused, taken, seconds } = await fuzz(make, { seed: standing, count });
      t.diagnostic(`${refused} refused, ${taken} taken, in ${seconds.toFixed(1)} s`);
    });
  }
}
