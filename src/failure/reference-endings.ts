// Failures: why a reference cannot be used, or not in this way. Each sentence says what happened and what to do.

import { notExecuted, type UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";

/** The reference, for sentences. */
interface Named {
  readonly subject: Interface;
  /** How it was made. */
  readonly made: string;
}

export function closedReference({ subject, made }: Named): UpcallError {
  return notExecuted(
    "UNAVAILABLE",
    "CLOSED",
    `this reference to ${subject.name} (${made}) was closed: ask the other side for another one`,
  );
}

export function lentNoMore({ subject, made }: Named): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "BAD_REFERENCE",
    `this reference to ${subject.name} (${made}) was lent until its call was over, and was used later: use keep() before the method returns, and close() when it is not needed any more, or declare it with { kept: true }`,
  );
}

export function givenBackUnused({ subject, made }: Named): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "BAD_REFERENCE",
    `this reference to ${subject.name} (${made}) was given back: its promise was not awaited, and there were too many such promises; await it, and close() it when it is not needed any more`,
  );
}

export function notLent({ subject, made }: Named): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "BAD_ARGUMENT",
    `keep() is for references in arguments; this reference to ${subject.name} (${made}) is the result of a call, and stays until it is closed`,
  );
}
