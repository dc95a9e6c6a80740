// Composition: what an entry point does not have, of what others have. Who asks for it is told so, and what to do instead: an option
// that is passed over in silence leaves a server open, or is a limit that is not kept.

import { notExecuted } from "../errors.ts";
import type { Entry } from "./entry.ts";

/** Options that need something of the entry point. What says no more than what is so here anyway is welcome. */
interface Wanting {
  readonly wire?: unknown;
  readonly end?: unknown;
  readonly workers?: unknown;
  readonly ambient?: unknown;
  readonly onMessage?: unknown;
}

/** @throws UpcallError UNIMPLEMENTED (NOT_SUPPORTED) */
export function checkHere({ wires, workers, follow }: Entry, options: Wanting): void {
  const { wire, end, workers: wanted, ambient, onMessage } = options;
  const [usual] = wires;
  if (wire !== undefined && wires.length === 1 && wire !== usual?.name)
    throw lacking(`wire must be "${usual?.name}" here: this entry point has no other one, so leave it out`);
  if (end !== undefined && !wires.some(({ options: own }) => "end" in own))
    throw lacking("end says where a message of the plain wire ends, which is not spoken here: leave it out");
  if (workers === null && wanted !== undefined && wanted !== "inline")
    throw lacking('workers must be "inline" here: this entry point has no threads and no processes, so leave it out');
  if (workers === null && onMessage !== undefined)
    throw lacking("onMessage is told of what workers' own code says, and there are no workers here: leave it out");
  if (follow === null && ambient === true)
    throw lacking(
      "ambient follows calls through promises by what only Node has: ask context() before the method's first await, keep what it gives, and hand the call on with context().bind(proxy)",
    );
}

function lacking(what: string): Error {
  return notExecuted("UNIMPLEMENTED", "NOT_SUPPORTED", what);
}
