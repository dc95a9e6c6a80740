// The formal interface: what a method carries that is not copied, in words.

import type { CarriedSpec, Carries } from "./spec.ts";

const words: Readonly<Record<CarriedSpec["spec"], string>> = {
  reference: "references",
  callback: "callbacks",
  stream: "streams",
};

/** For a sentence: `references and streams`. */
export function carriedWords({ args, returns }: Carries): string {
  const kinds = [...args, returns].flatMap((spec) => (spec === null ? [] : [words[spec.spec]]));
  return [...new Set(kinds)].join(" and ");
}
