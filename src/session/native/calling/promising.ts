// The session, the caller's half: makes the result of a call that is not here yet something that can be called. An interface brings
// this whose methods return references.

import { LocalCaller } from "../../../call/local/local.ts";
import type { PendingCall } from "../../../call/pending/pending.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { subjectOf } from "../../../interface/callback.ts";
import type { Interface } from "../../../interface/define.ts";
import { isReference } from "../../../interface/spec.ts";
import { kind } from "../../../wire/native/frame.ts";
import type { ReferenceTransfer } from "../carrying/reference-transfer.ts";
import type { FrameOutput } from "../output/output.ts";
import { Promised } from "./promised.ts";
import type { UnsentCalls } from "./unsent.ts";

/** The result of a call, as something to call. @param unsent where calls of it wait */
export function promise(
  endpoint: Endpoint,
  output: FrameOutput,
  { line, releases }: ReferenceTransfer,
  call: PendingCall,
  result: Promise<unknown>,
  unsent: UnsentCalls,
): Promised {
  const promised = new Promised(call, result, {
    line,
    whole: ({ id }) => !output.long.has(kind.call, id),
    release: ({ id }) => releases.promise(id),
    callerOf: (value) => endpoint.platform.references.callerOf(value),
    local: (value) => new LocalCaller(endpoint, value, subjectReturned(call), endpoint.limits.timeout),
    join: (one, here) => unsent.join(one, here),
  });
  if (call.extras !== null) call.extras.over = promised;
  return promised;
}

/** What the result of a call is an object of. */
function subjectReturned({ entry }: PendingCall): Interface | null {
  const returns = entry.method.carries?.returns ?? null;
  return isReference(returns) ? subjectOf(returns) : null;
}
