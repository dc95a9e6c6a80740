// The session, the caller's half: calls that began elsewhere. Those that a pool passes on to a worker are the pool's own
// objects, and so is what becomes of them after their deadline; each may be passed on again, to another worker. Those that
// waited until there was a connection belong to the session from then on.

import type { PassingOptions } from "../../../call/passing.ts";
import type { Aim, Cargo } from "../../../call/pending/cargo.ts";
import type { MarshalledCall, PendingCall } from "../../../call/pending/pending.ts";
import { unwatch } from "../../../call/pending/signals.ts";
import type { CallOptions } from "../../../contract/caller.ts";
import type { Household } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import type { Loading } from "./loading.ts";
import type { Outgoing } from "./outgoing.ts";

/** What it asks of the half of the session it belongs to. */
export interface PassedOwner {
  readonly expired: (call: PendingCall) => void;
  /** Why no call can be made any more; null while calls can. */
  over(): UpcallError | null;
  load(call: PendingCall, options: CallOptions | null, aim: Aim | null): Cargo;
  settle(call: PendingCall): void;
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

  /** Calls that were sent and not answered. */
  get sent(): PendingCall[] {
    return this.#outgoing.sent;
  }

  /**
   * Passes on a call whose arguments are marshalled already. Its `raw` hears how it ends; of a deadline only after
   * `endBy`. An error thrown here means that `raw` hears nothing.
   *
   * @param aim the object called, where it is not the interface's own
   * @param metadata marshalled, where there is some
   * @param order calls with the same one are sent in the order in which they are passed on
   */
  raw(call: MarshalledCall, number: number, aim: Aim | null, metadata: Uint8Array | null, order: object | null): void {
    this.#begin(call, number);
    if (aim === null && metadata === null) return this.#outgoing.pass(call, order);
    this.#put(call, () => {
      const cargo = this.#owner.load(call, null, aim);
      cargo.metadata = metadata;
      this.#loading.load(call, cargo, []);
      this.#outgoing.pass(call, order);
    });
  }

  /** The same for a call that carries something, and so had to be decoded. Its deadline is what the worker is told. */
  carrying(
    call: PendingCall,
    number: number,
    aim: Aim | null,
    metadata: Uint8Array | null,
    args: readonly unknown[],
    options: PassingOptions,
    order: object | null,
  ): void {
    this.#begin(call, number);
    this.#put(call, () => {
      const cargo = this.#owner.load(call, options, aim);
      cargo.metadata = metadata;
      this.#outgoing.put(call, this.#loading.load(call, cargo, args), options, order);
    });
  }

  /** Gives a call that was passed on a deadline, unless it has one. */
  endBy(call: PendingCall, deadline: number): void {
    if (call.settled || call.after !== null) return;
    call.deadline = deadline;
    this.#home.platform.deadlines.add(call);
  }

  /** Takes back a call that is not sent yet, because others of its order are; false where it is sent. `raw` hears nothing. */
  withdraw(call: PendingCall): boolean {
    if (call.settled || call.id !== 0) return false;
    this.#owner.settle(call);
    return true;
  }

  /**
   * Takes over a call of plain data that waited, marshalled, for this connection. It settles in every case.
   *
   * @param metadata marshalled; null for most
   * @param order as of the caller's own calls
   */
  adopt(
    call: PendingCall,
    number: number,
    options: CallOptions | null,
    metadata: Uint8Array | null,
    body: Uint8Array,
    order: object | null,
  ): void {
    try {
      this.#begin(call, number);
      if (metadata !== null || options?.onMetadata !== undefined) {
        call.cargo = this.#owner.load(call, options, null);
        call.cargo.metadata = metadata;
      }
      this.#put(call, () =>
        this.#outgoing.take(call, metadata === null ? body : joined(metadata, body), options, order),
      );
      if (!call.settled) this.#home.platform.deadlines.add(call);
    } catch (error) {
      unwatch(call);
      call.fail(error as UpcallError);
    }
  }

  #begin(call: PendingCall, number: number): void {
    const over = this.#owner.over();
    if (over !== null) throw over;
    call.number = number;
    call.onExpired = this.#owner.expired;
    call.settled = false;
    // It may have one of another connection.
    call.id = 0;
  }

  #put(call: PendingCall, put: () => void): void {
    try {
      put();
    } catch (error) {
      this.#owner.settle(call);
      throw error;
    }
  }
}

function joined(metadata: Uint8Array, args: Uint8Array): Uint8Array {
  const body = new Uint8Array(metadata.length + args.length);
  body.set(metadata);
  body.set(args, metadata.length);
  return body;
}
