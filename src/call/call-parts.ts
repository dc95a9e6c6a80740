// A call, the caller's half: what stands in for a result that cannot be called before it is here, as a platform has it
// whose interfaces return references. It knows that there is such a thing, and not how it works.

import type { Caller } from "../contract/caller.ts";
import type { Endpoint } from "../endpoint/platform.ts";

type Awaiting = (endpoint: Endpoint, peer: string, timeout: number, result: Promise<unknown>) => Caller;

export class ResultParts {
  awaited: Awaiting | null = null;
}

/**
 * Carries calls to what a call returns, once it is here.
 *
 * @param timeout milliseconds of a call when neither it nor its method says anything
 */
export function awaited(endpoint: Endpoint, peer: string, timeout: number, result: Promise<unknown>): Caller {
  const { awaited: made } = endpoint.platform.part(ResultParts);
  if (made === null) throw new TypeError("no interface here declares that a method returns a reference");
  return made(endpoint, peer, timeout, result);
}
