// Composition: what goes with what. One table; what it refuses is refused when serving or connecting, with a sentence
// that says what to use, and never later.

import { notExecuted } from "../errors.ts";
import type { Wire } from "../session/contract.ts";
import { wireOf } from "../session/wires.ts";
import type { MediumName } from "../transport/url.ts";
import type { WireName } from "./options.ts";

export type WorkersKind = "inline" | "threads" | "processes" | "threads per connection" | "processes per connection";

/** The sentence by which a combination is refused, or null where it works. */
export function refusal(medium: MediumName, wire: WireName, workers: WorkersKind): string | null {
  return refusalOf(medium, wireOf({ name: wire, said: {} }), workers);
}

function refusalOf(medium: MediumName, { name, datagrams }: Wire, workers: WorkersKind): string | null {
  if (medium === "udp" && datagrams === null) return `udp: has no ${name} wire yet: use wire: "plain", or tcp:`;
  if (medium === "udp" && workers.endsWith("per connection"))
    return 'udp: has no connections to give a worker each: use a pool, as in workers: "threads:2"; each datagram may then go to another worker';
  if (medium === "memory" && workers === "processes per connection")
    return 'memory: connections cannot go to another process: use "threads:per-connection", or a pool of processes';
  return null;
}

/** Errors: UNIMPLEMENTED (NOT_SUPPORTED). */
export function checkCombination(medium: MediumName, wire: Wire, workers: WorkersKind): void {
  const sentence = refusalOf(medium, wire, workers);
  if (sentence !== null) throw notExecuted("UNIMPLEMENTED", "NOT_SUPPORTED", `this cannot be combined: ${sentence}`);
}
