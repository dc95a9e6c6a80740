// The proxy: the caller's stand-in. A class made once for each interface, with real methods, so that a call costs no
// trap and no lookup. It knows a `Caller`, and not how calls travel.

import { boundOptions } from "../call/enclosing.ts";
import type { EnclosingCall } from "../contract/callee.ts";
import type { Caller, CallOptions } from "../contract/caller.ts";
import { notExecuted } from "../errors.ts";
import { type Interface, isInterface } from "../interface/define.ts";
import type { ProxyOf } from "../interface/types.ts";
import { aBoolean, aFunction, anObject, aSignal, checkOptions, milliseconds, type Shapes } from "../options.ts";
import { functionOf } from "./function.ts";
import { defineMethod } from "./proxy-method.ts";
import { close, type Faced, type ProxyState, state, stateOf, told } from "./proxy-state.ts";

/** Node's consoles ask for this one. */
const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

type ProxyClass = new (proxyState: ProxyState) => Faced;

const classes: WeakMap<Interface, ProxyClass> = new WeakMap();

/**
 * Makes a proxy that calls through `caller`.
 *
 * @param owns whether closing the proxy closes the connection
 */
export function proxyOf<I extends Interface>(subject: I, caller: Caller, owns: boolean): ProxyOf<I> {
  if (!isInterface(subject))
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_INTERFACE",
      "a proxy is made for an interface; make one by defineInterface()",
    );
  const Class = classFor(subject);
  const first = caller.announce(subject);
  return new Class({ subject, caller, first, options: null, order: {}, owns }) as unknown as ProxyOf<I>;
}

export const callOptions: Shapes<CallOptions> = {
  timeout: milliseconds,
  idleTimeout: milliseconds,
  signal: aSignal,
  metadata: anObject,
  onMetadata: aFunction,
  ordered: aBoolean,
};

/**
 * A second proxy of the same type whose calls have these options; it is cheap, and its options override those of the
 * proxy it was made from.
 *
 * @param options `timeout` in milliseconds (more than 0, at most 24 h); `signal` cancels the calls; `metadata` goes
 *   with them; `onMetadata` is told of what comes back
 * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for a value that is no proxy, (BAD_OPTION) for an unknown option
 *   or a wrong value
 */
export function within<P extends object>(proxy: P, options: CallOptions): P {
  const before = stateOf(proxy, "within");
  checkOptions("within()", options, callOptions);
  told(proxy);
  return second(proxy, { ...before, options: { ...before.options, ...options } });
}

/** The same for calls made in `call`: they end no later than it, and are cancelled with it. */
export function bound<P extends object>(proxy: P, call: EnclosingCall): P {
  const before = stateOf(proxy, "bind");
  told(proxy);
  return second(proxy, { ...before, options: boundOptions(before.options, call) });
}

/** A proxy of the same class with another state behind it. */
function second<P extends object>(proxy: P, behind: ProxyState): P {
  if (typeof proxy === "function") return functionOf(behind) as P;
  const Class = classFor(behind.subject);
  return new Class(behind) as unknown as P;
}

function classFor(subject: Interface): ProxyClass {
  const known = classes.get(subject) ?? makeClass(subject);
  classes.set(subject, known);
  return known;
}

function makeClass(subject: Interface): ProxyClass {
  class CallerProxy {
    declare readonly [state]: ProxyState;

    constructor(proxyState: ProxyState) {
      // Not enumerable: a console, or a test that compares proxies, sees the interface and not the state.
      Object.defineProperty(this, state, { value: proxyState });
    }

    [Symbol.asyncDispose](): Promise<void> {
      return close(this);
    }

    get [Symbol.toStringTag](): string {
      return `proxy of ${subject.name}`;
    }

    [inspect](): string {
      return `${subject.name} { ${subject.table.map(({ name }) => name).join(", ")} } at ${this[state].caller.peer}`;
    }
  }
  for (const [index, entry] of subject.table.entries()) defineMethod(CallerProxy.prototype, index, entry);
  // No program can construct a proxy by its class, so `proxy.constructor` is hidden.
  Object.defineProperty(CallerProxy.prototype, "constructor", { value: Object });
  return CallerProxy as unknown as ProxyClass;
}
