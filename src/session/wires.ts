// The session: the wires that there are, the usual one first. It is the one place that names them all: who serves, who connects
// and the workers ask here, and know them by what they say of themselves.

import type { PassingWire, Wire } from "./contract.ts";
import { nativeWire } from "./native/wire.ts";
import { plainWire } from "./plain/wire.ts";

export const wires: readonly Wire[] = [nativeWire, plainWire];

/** What a pool and its workers speak. */
export const poolWire: PassingWire = nativeWire;

/** A wire as a worker is told of it: plain data. */
export interface WireSaid {
  readonly name: string;
  readonly said: Readonly<Record<string, unknown>>;
}

/** The wire that was meant. */
export function wireOf({ name, said }: WireSaid): Wire {
  const wire = wires.find((each) => each.name === name);
  if (wire === undefined) throw new TypeError(`there is no wire ${name}`);
  return wire.with(said, false);
}
