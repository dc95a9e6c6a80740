// The session, references: the body of a release frame. A peer that sends anything else breaks the protocol.

import type { Skim } from "../../../codec/skim.ts";
import { UpcallError } from "../../../errors.ts";

/** Numbers in one frame. */
const maxNumbersInFrame = 65_535;

/** The numbers in it. @throws UpcallError INVALID_ARGUMENT (BAD_FRAME, BAD_MESSAGE) */
export function releasedIn(skim: Skim): readonly number[] {
  const length = skim.array();
  if (length < 0) throw broken("is no array");
  if (length > maxNumbersInFrame) throw broken(`has more than ${maxNumbersInFrame} numbers`);
  const numbers: number[] = [];
  for (let left = length; left > 0; left--) {
    const number = skim.number();
    if (number === null || !Number.isInteger(number) || number < 1 || number > 0xffff_ffff)
      throw broken("has something else than numbers from 1 on");
    numbers.push(number);
  }
  return numbers;
}

export function broken(what: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", `what is given back ${what}`, { reason: "BAD_FRAME", outcome: "unknown" });
}
