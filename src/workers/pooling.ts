// Workers: how a call enters a pool. A method of plain data keeps its bytes as they came; what one carries has its numbers
// on the caller's connection, so its arguments are decoded here and marshalled again for the worker's.

import { notExecuted, UpcallError } from "../errors.ts";
import type { IncomingCall } from "../session/contract.ts";
import { metadataBytes, noMetadata } from "../session/metadata.ts";
import type { Reference } from "../session/native/references/reference.ts";
import type { Household } from "../session/platform.ts";
import type { Bodies } from "./bodies.ts";
import { PoolCall, type PooledMethod } from "./pool-call.ts";

/** The call as a pool keeps it; null where its arguments are bad, and its caller was told so. */
export function poolCallOf(
  home: Household,
  bodies: Bodies,
  call: IncomingCall,
  target: PooledMethod,
  aim: Reference | null,
  bytes: Uint8Array,
  start: number,
  end: number,
): PoolCall | null {
  if (target.entry.method.carries !== null) return carryingOf(home, bodies, call, target, aim, bytes, start, end);
  const poolCall = new PoolCall(home, bodies, call, target, bytes, start, end);
  if (aim !== null || call.metadata !== noMetadata) annotate(home, poolCall, aim);
  return poolCall;
}

/** Of a method that carries something: its arguments go out again as others. */
function carryingOf(
  home: Household,
  bodies: Bodies,
  call: IncomingCall,
  target: PooledMethod,
  aim: Reference | null,
  bytes: Uint8Array,
  start: number,
  end: number,
): PoolCall | null {
  let args: unknown[];
  try {
    args = call.receive(home.decoder.list(bytes, start, end, false, true), true);
  } catch (error) {
    home.counters.badArguments++;
    call.failed(
      error instanceof UpcallError
        ? error
        : notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", `the arguments of ${target.entry.fullName} are bad`, error),
    );
    return null;
  }
  const poolCall = new PoolCall(home, bodies, call, target, bytes, start, start);
  poolCall.args = args;
  annotate(home, poolCall, aim);
  return poolCall;
}

function annotate(home: Household, call: PoolCall, aim: Reference | null): void {
  const { metadata } = call.incoming;
  call.aim = aim;
  if (metadata !== noMetadata) call.metadata = metadataBytes(home, metadata);
}

export function objectLost({ entry }: PooledMethod): UpcallError {
  return notExecuted(
    "UNAVAILABLE",
    "WORKER_LOST",
    `${entry.fullName} was not called: the worker that had the object is gone, and the object with it; ask for another one`,
  );
}
