// Composition: which wire is meant, by its name and by the options that it alone knows. From here on a wire is known by
// what it says of itself.

import type { Wire } from "../session/contract.ts";
import { bad, type EndpointOptions, oneOf } from "./endpoint-options.ts";

/**
 * The wire that the options choose, as they make it.
 *
 * @param wires     those that there are, the usual one first
 * @param datagrams whether there are no connections
 * @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) for a wire that is not known, and for an option of another one
 */
export function wireFor(options: EndpointOptions, wires: readonly Wire[], datagrams: boolean): Wire {
  const names = wires.map(({ name }) => name);
  const name = oneOf<string>("wire", options.wire, names, names[0] ?? "");
  const given: Readonly<Record<string, unknown>> = { ...options };
  let chosen: Wire | null = null;
  for (const wire of wires)
    if (wire.name === name) chosen = wire.with(optionsOf(wire, given), datagrams);
    else for (const each of Object.keys(wire.options)) if (given[each] !== undefined) throw elsewhere(each, wire);
  if (chosen === null) throw new TypeError(`there is no wire ${name}`);
  return chosen;
}

/** What was said of the options that are the wire's own. */
function optionsOf({ options }: Wire, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(options).map((name) => [name, given[name]]));
}

function elsewhere(option: string, { name }: Wire): Error {
  return bad(`${option} is an option of the ${name} wire: use it with wire: "${name}"`);
}
