// Workers: a call of an object that is not here: the side that gave it to the caller had it from another connection.
// The call is passed on with its deadline and its cancelling, and so is what becomes of it.

import { PassingOptions } from "../call/passing.ts";
import { letGo } from "../call/pending/reference-caller.ts";
import type { IncomingCall, Target } from "../contract/callee.ts";
import type { Row } from "../contract/reference-contract.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import type { ProxyState } from "../proxy/proxy-state.ts";
import { unknownMethod } from "../skeleton/table.ts";

/** One method of an object that is elsewhere. */
export class PassedMethod implements Target {
  readonly entry: MethodEntry;
  readonly state: ProxyState;
  readonly index: number;

  constructor(state: ProxyState, index: number, entry: MethodEntry) {
    this.state = state;
    this.index = index;
    this.entry = entry;
  }

  get subject(): Interface {
    return this.state.subject;
  }
}

/** The methods of an object that is elsewhere, which is known by its proxy. */
export function passedRow(state: ProxyState): Row {
  const { table, name } = state.subject;
  const methods = Object.create(null) as Record<string, PassedMethod>;
  for (const [index, entry] of table.entries()) methods[entry.name] = new PassedMethod(state, index, entry);
  return { find: (methodName) => methods[methodName] ?? unknownMethod(name, methodName, [], methods) };
}

/** Passes a call on, whose arguments are marshalled. */
export function passOn(
  endpoint: Endpoint,
  call: IncomingCall,
  method: PassedMethod,
  bytes: Uint8Array,
  start: number,
  end: number,
  owned: boolean,
): void {
  let args: unknown[];
  try {
    args = endpoint.decoder.list(bytes, start, end, owned, method.entry.method.carries !== null);
  } catch (error) {
    return refuse(endpoint, call, method.entry, error);
  }
  passWith(endpoint, call, method, args);
}

/** Passes a call on. What it carries is held until it is settled, and what it brings until that has been sent. */
export function passWith(
  endpoint: Endpoint,
  call: IncomingCall,
  { state, index, entry }: PassedMethod,
  decoded: unknown[],
): void {
  const { platform } = endpoint;
  let result: Promise<unknown>;
  try {
    const args = entry.method.carries === null ? decoded : call.receive(decoded, true);
    call.watch("upcall", 0);
    const { caller, subject, order } = state;
    const timeout = call.deadline - platform.clock.now();
    if (timeout <= 0) return late(endpoint, call, entry);
    const options = new PassingOptions(timeout, call.signal, call);
    result = caller.call(caller.announce(subject) + index, entry, args, options, order);
  } catch (error) {
    return refuse(endpoint, call, entry, error);
  }
  result.then(
    (value) => {
      call.watch("return", 0);
      call.returned(value);
      letGo(platform.references, value);
    },
    (error: unknown) => {
      call.watch("return", 0);
      call.failed(error instanceof UpcallError ? error : unreadable(entry, error));
    },
  );
}

function refuse({ counters }: Endpoint, call: IncomingCall, entry: MethodEntry, error: unknown): void {
  counters.badArguments++;
  call.failed(error instanceof UpcallError ? error : unreadable(entry, error));
}

/** Its deadline passed before it could be passed on. */
function late({ counters }: Endpoint, call: IncomingCall, { fullName }: MethodEntry): void {
  counters.expired++;
  call.failed(
    notExecuted("DEADLINE_EXCEEDED", "EXPIRED", `the deadline of ${fullName} passed before it was passed on`),
  );
}

function unreadable({ fullName }: MethodEntry, error: unknown): UpcallError {
  return notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", `the arguments of ${fullName} could not be passed on`, error);
}
