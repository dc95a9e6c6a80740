// The skeleton: a call whose object was promised and is here now.

import { notExecuted } from "../errors.ts";
import type { CallContext } from "./context.ts";
import { notEntered } from "./maker.ts";
import type { SkeletonMethod } from "./method.ts";
import { upcall } from "./upcall.ts";

/** Enters the object, unless nobody waits for the call any more. Errors: CANCELLED (ABORTED), not-executed. */
export function enterLate(method: SkeletonMethod, args: unknown[], call: CallContext): unknown {
  if (!call.signal.aborted) return upcall(method, args, call);
  const { fullName } = method.entry;
  throw notEntered(
    notExecuted("CANCELLED", "ABORTED", `${fullName} was not called: nobody waits for it any more`),
    null,
  );
}
