// The formal interface: what it can declare before this version can carry it. Wherever such a method is called, the
// same sentence is said.

import { notExecuted, type UpcallError } from "../errors.ts";
import type { MethodEntry } from "./define.ts";

export function notCarried({ fullName, method }: MethodEntry): UpcallError {
  return notExecuted(
    "UNIMPLEMENTED",
    "NOT_SUPPORTED",
    `${fullName} declares ${method.missing}, which this version of upcall cannot carry yet`,
  );
}
