// The three tiers of tests, and how much of a matrix, a load or a table each of them plays: `npm test` (quick), `.ci/run`
// (gate) and `npm run test:all` (all). scripts/test.mjs says which one runs; a file run by itself is of the gate's.

const tiers = ["quick", "gate", "all"] as const;
export type Tier = (typeof tiers)[number];

const said = process.env["UPCALL_TESTS"] ?? "gate";
const known = tiers.find((one) => one === said);
if (known === undefined) throw new Error(`UPCALL_TESTS is ${said}; it must be one of ${tiers.join(", ")}`);
export const tier: Tier = known;

/** Whether what belongs to a tier is played in this run: each tier plays what the ones before it do. */
export function reaches(least: Tier): boolean {
  return tiers.indexOf(tier) >= tiers.indexOf(least);
}

/** How many there are, or which ones, in the tier that runs. */
export function ofTier<T>(choices: Readonly<Record<Tier, T>>): T {
  return choices[tier];
}
