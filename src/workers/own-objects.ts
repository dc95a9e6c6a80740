// Workers: the dispatcher of an end that serves no interface: upcalls are made all the same, of the objects and
// functions that it gave to the other side.

import type { Dispatcher, IncomingCall, Target } from "../contract/callee.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";
import { nothingHere } from "../failure/call-refusals.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";

/** Who makes the upcalls, of a platform that has objects to call. */
export class OwnParts {
  dispatcher: ((endpoint: Endpoint, interceptors: readonly Interceptor[]) => DisposingWorkplace) | null = null;
}

type DisposingWorkplace = Dispatcher & { dispose(object: object, name: string, peer: string): void };

class OwnObjects implements Dispatcher {
  readonly #endpoint: Endpoint;
  readonly #interceptors: readonly Interceptor[];
  /** Made when it is first needed: most connections give the other side nothing. */
  #made: DisposingWorkplace | null = null;

  constructor(endpoint: Endpoint, interceptors: readonly Interceptor[]) {
    this.#endpoint = endpoint;
    this.#interceptors = interceptors;
  }

  get #inline(): DisposingWorkplace {
    this.#made ??= this.#make();
    return this.#made;
  }

  find(interfaceName: string): Target | UpcallError {
    return nothingHere(interfaceName);
  }

  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.#inline.start(call, bytes, start, end, owned);
  }

  startWith(call: IncomingCall, args: unknown[]): void {
    this.#inline.startWith(call, args);
  }

  cancel(call: IncomingCall): void {
    this.#inline.cancel(call);
  }

  dispose(object: object, name: string, peer: string): void {
    this.#inline.dispose(object, name, peer);
  }

  #make(): DisposingWorkplace {
    const { dispatcher } = this.#endpoint.platform.part(OwnParts);
    if (dispatcher === null) throw new TypeError("a call came to an end that has nothing to be called");
    return dispatcher(this.#endpoint, this.#interceptors);
  }
}

export function ownObjects(endpoint: Endpoint, interceptors: readonly Interceptor[] = []): Dispatcher {
  return new OwnObjects(endpoint, interceptors);
}
