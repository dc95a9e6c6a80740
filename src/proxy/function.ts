// The proxy: a function of the other side, as an async function here.

import type { Interface } from "../interface/define.ts";
import type { Caller } from "../session/contract.ts";
import { close, type ProxyState, state } from "./state.ts";

/** Makes a function that calls through `caller` the one method of an interface that stands for functions. */
export function functionOf(subject: Interface, caller: Caller): object {
  const [entry] = subject.table;
  if (entry === undefined) throw new TypeError(`${subject.name} has no method`);
  const first = caller.announce(subject);
  const call = (...args: unknown[]): Promise<unknown> => caller.call(first, entry, args, null);
  const behind: ProxyState = { subject, caller, first, options: null, owns: true };
  return Object.defineProperties(call, {
    name: { value: "reference" },
    [state]: { value: behind },
    [Symbol.asyncDispose]: { value: () => close(call) },
  });
}
