// Composition: what goes with what, computed of what media, wires and models of workers say of themselves. What it refuses is
// refused when serving or connecting, with a sentence that says what to use, and never later.

import { notExecuted } from "../errors.ts";
import type { Wire } from "../session/contract.ts";
import { type MediumOfAnyShape, traitsOf } from "../transport/medium.ts";

/** What a model of workers asks of a medium. */
export interface ModelTraits {
  /** Whether each connection has a worker of its own. */
  readonly perConnection: boolean;
  /** Whether that worker is another process. */
  readonly processes: boolean;
}

export type WorkersKind = "inline" | "threads" | "processes" | "threads per connection" | "processes per connection";

const models: Readonly<Record<WorkersKind, ModelTraits>> = {
  inline: { perConnection: false, processes: false },
  threads: { perConnection: false, processes: false },
  processes: { perConnection: false, processes: true },
  "threads per connection": { perConnection: true, processes: false },
  "processes per connection": { perConnection: true, processes: true },
};

/** What there is to choose from, for a sentence that says what to use instead. */
export interface Choice {
  readonly media: readonly MediumOfAnyShape[];
  readonly wires: readonly Wire[];
}

type Chosen = Pick<MediumOfAnyShape, "scheme" | "shape" | "traits">;

/** The sentence by which a combination is refused, or null where it works. */
export function refusalOf(medium: Chosen, wire: Wire, workers: WorkersKind, choice: Choice): string | null {
  const { scheme, shape } = medium;
  const model = models[workers];
  if (shape === "datagram" && wire.datagrams === null) {
    const others = [
      ...choice.wires.filter(({ datagrams }) => datagrams !== null).map(({ name }) => `wire: "${name}"`),
      ...choice.media.filter((each) => each.shape !== "datagram").map((each) => `${each.scheme}:`),
    ];
    return `${scheme}: has no ${wire.name} wire yet: use ${others.slice(0, 2).join(", or ")}`;
  }
  if (model.perConnection && shape === "datagram")
    return `${scheme}: has no connections to give a worker each: use a pool, as in workers: "threads:2"; each datagram may then go to another worker`;
  if (model.perConnection && model.processes && !traitsOf(medium).handsOver)
    return `${scheme}: connections cannot go to another process: use "threads:per-connection", or a pool of processes`;
  return null;
}

/** @throws UpcallError UNIMPLEMENTED (NOT_SUPPORTED) */
export function checkCombination(medium: Chosen, wire: Wire, workers: WorkersKind, choice: Choice): void {
  const sentence = refusalOf(medium, wire, workers, choice);
  if (sentence !== null) throw notExecuted("UNIMPLEMENTED", "NOT_SUPPORTED", `this cannot be combined: ${sentence}`);
}
