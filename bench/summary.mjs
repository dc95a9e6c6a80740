// @ts-check
// Rounds to figures: medians, spreads, and ratios to the limit of the same round.
import { contenders } from "./contenders/index.mjs";
import { works } from "./works.mjs";

export function median(/** @type {readonly number[]} */ numbers) {
  const sorted = numbers.filter(Number.isFinite).sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** @returns {{ work: import("./works.mjs").Work, rows: any[] }[]} the works that were measured, each with its contenders */
export function summary(/** @type {import("./measure.mjs").Sample[]} */ samples) {
  return works
    .map((work) => ({
      work,
      rows: contenders.map((contender) => row(samples, work, contender)).filter((each) => each !== null),
    }))
    .filter(({ rows }) => rows.length > 0);
}

function row(
  /** @type {import("./measure.mjs").Sample[]} */ samples,
  /** @type {import("./works.mjs").Work} */ work,
  /** @type {import("./contenders/index.mjs").Contender} */ contender,
) {
  const own = samples.filter((sample) => sample.work === work.id && sample.contender === contender.name);
  if (own.length === 0) return null;
  const good = own.filter(({ error }) => error === undefined);
  const values = good.map(({ value }) => Number(value));
  const ratios = good.map(({ round, value }) => {
    const limit = samples.find(
      (sample) => sample.round === round && sample.work === work.id && sample.contender === work.limit,
    );
    return Number(value) / Number(limit?.value ?? Number.NaN);
  });
  const figure = (/** @type {string} */ name) =>
    median(good.map((sample) => (sample[name] == null ? Number.NaN : Number(sample[name]))));
  return {
    contender,
    error: own.find(({ error }) => error !== undefined)?.error ?? null,
    rounds: good.length,
    value: median(values),
    least: Math.min(...values),
    most: Math.max(...values),
    ratio: median(ratios),
    figure,
  };
}
