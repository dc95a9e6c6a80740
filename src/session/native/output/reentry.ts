// The session, going out: a value is marshalled in place, between the frames of its connection, and its getters are user
// code. What they want to send there themselves would stand in the middle of it.

import { notExecuted, type UpcallError } from "../../../errors.ts";

export function usedWithin(): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "NOT_MARSHALLABLE",
    "a getter of a value that is being sent uses the connection it is sent on: read it before",
  );
}
