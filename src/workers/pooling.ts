// Workers: how a call enters a pool. A method of plain data keeps its bytes as they came; what one carries has its numbers
// on the caller's connection, so its arguments are decoded here and marshalled again for the worker's.

import { notExecuted, UpcallError } from "../errors.ts";
import type { IncomingCall } from "../session/contract.ts";
import type { Reference } from "../session/native/references/reference.ts";
import type { Household } from "../session/platform.ts";
import { machineTime } from "./marks.ts";
import { withNote } from "./note.ts";
import { PoolCall, type PooledMethod } from "./pool-call.ts";

const nothing = new Uint8Array(0);

/** The call as a pool keeps it; null where its arguments are bad, and its caller was told so. */
export function poolCallOf(
  home: Household,
  call: IncomingCall,
  target: PooledMethod,
  aim: Reference | null,
  bytes: Uint8Array,
  start: number,
  end: number,
): PoolCall | null {
  if (target.entry.method.carries === null) {
    const until = machineTime() + call.deadline - home.platform.clock.now();
    return new PoolCall(home, call, target, withNote(until, call.peer, bytes, start, end), null, aim);
  }
  try {
    const args = call.receive(home.decoder.list(bytes, start, end, false, true), true);
    return new PoolCall(home, call, target, nothing, args, aim);
  } catch (error) {
    home.counters.badArguments++;
    call.failed(
      error instanceof UpcallError
        ? error
        : notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", `the arguments of ${target.entry.fullName} are bad`, error),
    );
    return null;
  }
}

export function objectLost({ entry }: PooledMethod): UpcallError {
  return notExecuted(
    "UNAVAILABLE",
    "WORKER_LOST",
    `${entry.fullName} was not called: the worker that had the object is gone, and the object with it; ask for another one`,
  );
}
