// Workers: the workplace of an end that serves no interface: upcalls are made all the same, of the objects and functions
// that it gave to the other side.

import type { IncomingCall, Target, Workplace } from "../contract/callee.ts";
import type { Household } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import { nothingHere } from "../session/nothing.ts";
import { SkeletonTable } from "../skeleton/table.ts";
import { InlineWorkplace } from "./inline.ts";

class OwnObjects implements Workplace {
  readonly #home: Household;
  readonly #interceptors: readonly Interceptor[];
  /** Made when it is first needed: most connections give the other side nothing. */
  #made: InlineWorkplace | null = null;

  constructor(home: Household, interceptors: readonly Interceptor[]) {
    this.#home = home;
    this.#interceptors = interceptors;
  }

  get #inline(): InlineWorkplace {
    this.#made ??= new InlineWorkplace(this.#home, new SkeletonTable([]), this.#interceptors);
    return this.#made;
  }

  find(interfaceName: string): Target | UpcallError {
    return nothingHere(interfaceName);
  }

  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.#inline.start(call, bytes, start, end, owned);
  }

  cancel(call: IncomingCall): void {
    this.#inline.cancel(call);
  }

  dispose(object: object, name: string, peer: string): void {
    this.#inline.dispose(object, name, peer);
  }
}

export function ownObjects(home: Household, interceptors: readonly Interceptor[] = []): Workplace {
  return new OwnObjects(home, interceptors);
}
