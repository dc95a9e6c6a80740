// The proxy: one of its methods. Where the method returns a reference, it gives a promise with the methods of that
// reference's interface, so that they can be called before the promise settles. A method knows its proxy, whatever
// `this` is.

import { type Pipelined, sent } from "../contract/caller.ts";
import { subjectOf } from "../interface/callback.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import { isReference, isStream, type ReferenceSpec } from "../interface/spec.ts";
import { readableAtOnce } from "./promised-items.ts";
import { close, type Faced, type ProxyState, state, told } from "./proxy-state.ts";

/** The method by which a promise is waited for. */
const awaited = "then";

export type ProxyMethod = (...args: unknown[]) => Promise<unknown>;
type PromisedClass = new (subject: Interface, pipelined: Pipelined) => Promise<unknown>;

const classes: WeakMap<Interface, PromisedClass> = new WeakMap();

/**
 * Gives a class of proxies a method of its interface. The method is bound to its proxy when it is first read, and is an
 * own property of the proxy afterwards. A method that was taken off its proxy calls the same object, and later calls
 * cost no getter.
 *
 * @param index the method's place in its interface
 */
export function defineMethod(prototype: object, index: number, entry: MethodEntry): void {
  const bind = bindingOf(index, entry);
  void Object.defineProperty(prototype, entry.name, {
    get(this: Faced) {
      const value = bind(this[state]);
      // A frozen proxy has to be asked each time.
      void Reflect.defineProperty(this, entry.name, { value });
      return value;
    },
    enumerable: true,
  });
}

/** Makes a method for the state behind a proxy. */
function bindingOf(index: number, entry: MethodEntry): (behind: ProxyState) => ProxyMethod {
  const { carries } = entry.method;
  if (carries !== null && isReference(carries.returns)) return pipelining(index, entry, carries.returns);
  if (carries !== null && isStream(carries.returns)) {
    return (behind) =>
      (...args) =>
        readableAtOnce(behind.caller.call(behind.first + index, entry, args, behind.options, behind.order));
  }
  if (entry.method.kind === "oneway")
    return (behind) =>
      (...args) =>
        unheard(behind.caller.call(behind.first + index, entry, args, behind.options, behind.order));
  return (behind) =>
    (...args) =>
      behind.caller.call(behind.first + index, entry, args, behind.options, behind.order);
}

/** The promise of a call without a reply. The caller sees its error only by awaiting it, and need not await it. */
function unheard(made: Promise<unknown>): Promise<unknown> {
  if (made !== sent) made.catch(nothing);
  return made;
}

function nothing(): void {}

function pipelining(index: number, entry: MethodEntry, returns: ReferenceSpec): (behind: ProxyState) => ProxyMethod {
  return (behind) =>
    (...args) => {
      const pipelined = behind.caller.pipeline(behind.first + index, entry, args, behind.options, behind.order);
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
      // The interface is announced with the first call: most such promises are only awaited.
      const behind = {
        subject: of,
        caller,
        get first() {
          return caller.announce(of);
        },
        options: null,
        order: null,
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

    /** When the call fails, so do the calls of its result, which tell its error. */
    static called(promised: PromisedProxy): void {
      if (promised.#called) return;
      promised.#called = true;
      told(promised);
    }

    static taken(promised: PromisedProxy): void {
      promised.#pipelined.taken();
    }
  }
  // A program that awaits the reference itself has to close it.
  void Object.defineProperty(PromisedProxy.prototype, awaited, {
    value(this: PromisedProxy, ...handlers: Parameters<Promise<unknown>["then"]>) {
      PromisedProxy.taken(this);
      return Promise.prototype.then.apply(this, handlers);
    },
  });
  for (const [index, entry] of subject.table.entries()) {
    const bind = bindingOf(index, entry);
    void Object.defineProperty(PromisedProxy.prototype, entry.name, {
      get(this: PromisedProxy) {
        const method = bind(this[state]);
        return (...args: unknown[]) => {
          PromisedProxy.called(this);
          return method(...args);
        };
      },
    });
  }
  // The name in an error about a value that cannot be sent.
  void Object.defineProperty(PromisedProxy, "name", { value: "Promise" });
  return PromisedProxy;
}
