// The proxy: one method of it. Where the method returns a reference, what it gives is a promise that has the methods of
// that reference's interface: what is called of it need not wait for it.

import { subjectOf } from "../interface/callback.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import { isReference, isStream, type ReferenceSpec } from "../interface/spec.ts";
import type { Pipelined } from "../session/contract.ts";
import { readableAtOnce } from "./promised-items.ts";
import { close, type Faced, type ProxyState, state } from "./state.ts";

/** The method by which a promise is waited for. */
const waiting = "then";

type ProxyMethod = (...args: unknown[]) => Promise<unknown>;
type PromisedClass = new (subject: Interface, pipelined: Pipelined) => Promise<unknown>;

const classes: WeakMap<Interface, PromisedClass> = new WeakMap();

/** @param index the method's place in its interface */
export function makeMethod(index: number, entry: MethodEntry): ProxyMethod {
  const { carries } = entry.method;
  if (carries !== null && isReference(carries.returns)) return makePipelined(index, entry, carries.returns);
  if (carries !== null && isStream(carries.returns)) {
    return function (this: Faced, ...args: unknown[]) {
      const { caller, first, options } = this[state];
      return readableAtOnce(caller.call(first + index, entry, args, options));
    };
  }
  return function (this: Faced, ...args: unknown[]) {
    const { caller, first, options } = this[state];
    return caller.call(first + index, entry, args, options);
  };
}

function makePipelined(index: number, entry: MethodEntry, returns: ReferenceSpec): ProxyMethod {
  return function (this: Faced, ...args: unknown[]) {
    const { caller, first, options } = this[state];
    const pipelined = caller.pipeline(first + index, entry, args, options);
    const subject = subjectOf(returns);
    const Class = classes.get(subject) ?? makeClass(subject);
    classes.set(subject, Class);
    return new Class(subject, pipelined);
  };
}

function makeClass(subject: Interface): PromisedClass {
  class PromisedProxy extends Promise<unknown> implements Faced {
    declare readonly [state]: ProxyState;
    readonly #pipelined: Pipelined;
    #called = false;

    constructor(of: Interface, pipelined: Pipelined) {
      super((resolve, reject) => pipelined.result.then(resolve, reject));
      this.#pipelined = pipelined;
      const { target: caller } = pipelined;
      // Announced with the first call: most of such promises are only awaited.
      const behind = {
        subject: of,
        caller,
        get first() {
          return caller.announce(of);
        },
        options: null,
        owns: true,
      };
      void Object.defineProperty(this, state, { value: behind });
    }

    static override get [Symbol.species](): PromiseConstructor {
      return Promise;
    }

    [Symbol.asyncDispose](): Promise<void> {
      return close(this);
    }

    /** Where the call fails, so do the calls of its result: with one of them its error has been told. */
    static called(promised: PromisedProxy): void {
      if (promised.#called) return;
      promised.#called = true;
      void Promise.prototype.then.call(promised, undefined, () => {});
    }

    static taken(promised: PromisedProxy): void {
      promised.#pipelined.taken();
    }
  }
  // Whoever waits for the reference itself has to close it.
  void Object.defineProperty(PromisedProxy.prototype, waiting, {
    value(this: PromisedProxy, ...handlers: Parameters<Promise<unknown>["then"]>) {
      PromisedProxy.taken(this);
      return Promise.prototype.then.apply(this, handlers);
    },
  });
  for (const [index, entry] of subject.table.entries()) {
    const method = makeMethod(index, entry);
    void Object.defineProperty(PromisedProxy.prototype, entry.name, {
      value(this: PromisedProxy, ...args: unknown[]) {
        PromisedProxy.called(this);
        return method.apply(this, args);
      },
    });
  }
  // What an error about a value that cannot be sent calls it.
  void Object.defineProperty(PromisedProxy, "name", { value: "Promise" });
  return PromisedProxy;
}
