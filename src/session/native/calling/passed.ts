// The session, the caller's half: calls that a pool passes on to a worker. Their promise is the pool's business, and so is
// what becomes of them after their deadline.

import type { MethodEntry } from "../../../interface/define.ts";
import type { CallOptions, PassingOptions } from "../../contract.ts";
import type { Household } from "../../platform.ts";
import type { Aim, Cargo } from "./cargo.ts";
import type { Loading } from "./loading.ts";
import type { Outgoing } from "./outgoing.ts";
import type { PendingCall, RawReply } from "./pending.ts";

/** What it asks of the half of the session it belongs to. */
export interface PassedOwner {
  /** A new call; throws where none can be made any more. */
  call(entry: MethodEntry, number: number): PendingCall;
  load(call: PendingCall, options: CallOptions | null, aim: Aim | null): Cargo;
  settle(call: PendingCall): void;
}

/** Where a call goes, and who hears of it. */
export interface PassedTerms {
  /** The number of the method on this connection. */
  readonly number: number;
  readonly entry: MethodEntry;
  /** The object called, where it is not the interface's own. */
  readonly aim: Aim | null;
  /** Milliseconds on the clock by which `raw` hears of it at the latest. */
  readonly deadline: number;
  readonly raw: RawReply;
}

export class PassedCalls {
  readonly #home: Household;
  readonly #outgoing: Outgoing;
  readonly #loading: Loading;
  readonly #owner: PassedOwner;

  constructor(home: Household, outgoing: Outgoing, loading: Loading, owner: PassedOwner) {
    this.#home = home;
    this.#outgoing = outgoing;
    this.#loading = loading;
    this.#owner = owner;
  }

  /**
   * Passes on a call whose arguments are marshalled already. It is told to end in `remaining` milliseconds. An error
   * thrown here means that `raw` hears nothing.
   */
  raw(terms: PassedTerms, body: Uint8Array, remaining: number): PendingCall {
    return this.#pass(terms, (call) => {
      if (terms.aim !== null) this.#loading.load(call, this.#owner.load(call, null, terms.aim), []);
      this.#outgoing.putRaw(call, body, remaining);
    });
  }

  /** The same for a call that carries something, and so had to be decoded. */
  carrying(terms: PassedTerms, args: readonly unknown[], options: PassingOptions): PendingCall {
    return this.#pass(terms, (call) => {
      const cargo = this.#owner.load(call, options, terms.aim);
      this.#outgoing.put(call, this.#loading.load(call, cargo, args));
    });
  }

  #pass({ entry, number, deadline, raw }: PassedTerms, put: (call: PendingCall) => void): PendingCall {
    const call = this.#owner.call(entry, number);
    call.raw = raw;
    call.deadline = Math.ceil(deadline);
    try {
      put(call);
    } catch (error) {
      this.#owner.settle(call);
      throw error;
    }
    this.#home.platform.deadlines.add(call);
    return call;
  }
}
