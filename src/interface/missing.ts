// The formal interface: what it can declare before this version can carry it. Wherever such a method is called, the
// same sentence is said.

import { notExecuted, type UpcallError } from "../errors.ts";
import type { MethodEntry } from "./define.ts";
import type { CarriedSpec, Carries } from "./spec.ts";

const words: Readonly<Record<CarriedSpec["spec"], string>> = {
  reference: "references",
  callback: "callbacks",
  stream: "streams",
};

/** What a method carries, for a sentence: `references and streams`. */
export function carriedWords({ args, returns }: Carries): string {
  const kinds = [...args, returns].flatMap((spec) => (spec === null ? [] : [words[spec.spec]]));
  return [...new Set(kinds)].join(" and ");
}

/** The error of a method whose `carries` is not null, while nothing of it can be carried. */
export function notCarried({ fullName, method: { carries } }: MethodEntry): UpcallError {
  return notExecuted(
    "UNIMPLEMENTED",
    "NOT_SUPPORTED",
    `${fullName} declares ${carries === null ? "nothing" : carriedWords(carries)}, which this version of upcall cannot carry yet`,
  );
}
