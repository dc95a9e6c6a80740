// The session, references: the body of a release frame. Whoever sends another thing breaks the protocol.

import { UpcallError } from "../../../errors.ts";

/** The numbers in it. Errors: INVALID_ARGUMENT (BAD_FRAME). */
export function releasedIn(body: unknown): readonly number[] {
  if (!Array.isArray(body)) throw broken("is no list");
  const numbers: readonly unknown[] = body;
  return numbers.map((number) => {
    if (typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= 0xffff_ffff) return number;
    throw broken("has something else than numbers from 1 on");
  });
}

export function broken(what: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", `what is given back ${what}`, { reason: "BAD_FRAME", outcome: "unknown" });
}
