// The proxy: a function of the peer, as an async function here.

import { close, type ProxyState, state } from "./proxy-state.ts";

/** Makes a function that calls the one method of an interface that stands for functions. */
export function functionOf(behind: ProxyState): object {
  const { subject, caller, first, options, order } = behind;
  const [entry] = subject.table;
  if (entry === undefined) throw new TypeError(`${subject.name} has no method`);
  const call = (...args: unknown[]): Promise<unknown> => caller.call(first, entry, args, options, order);
  return Object.defineProperties(call, {
    name: { value: "reference" },
    [state]: { value: behind },
    [Symbol.asyncDispose]: { value: () => close(call) },
  });
}
