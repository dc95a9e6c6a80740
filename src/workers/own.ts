// Workers: the workplace of an end that serves no interface: upcalls are made all the same, of the objects and functions
// that it gave to the other side.

import type { UpcallError } from "../errors.ts";
import type { IncomingCall, Target, Workplace } from "../session/contract.ts";
import { nothingHere } from "../session/nothing.ts";
import type { Household } from "../session/platform.ts";
import { SkeletonTable } from "../skeleton/table.ts";
import { InlineWorkplace } from "./inline.ts";

class OwnObjects implements Workplace {
  readonly #inline: InlineWorkplace;

  constructor(home: Household) {
    this.#inline = new InlineWorkplace(home, new SkeletonTable([]));
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
}

export function ownObjects(home: Household): Workplace {
  return new OwnObjects(home);
}
