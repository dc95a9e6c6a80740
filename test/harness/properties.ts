// What holds for whatever may come: the library that draws it, with the seed of this run (seed.ts). Nobody imports it
// elsewhere (test/house/chance.test.ts).

import fc from "fast-check";
import { seed } from "./seed.ts";
import { ofTier } from "./tier.ts";

fc.configureGlobal({ seed });

export { fc };

/** How often a property is tried, of which the gate has time for so many: fewer in quick, and more in all of the tests. */
export function runs(gate: number): { numRuns: number } {
  return { numRuns: ofTier({ quick: Math.ceil(gate / 8), gate, all: 4 * gate }) };
}
