// The session, the caller's half: what the other side hears of a call that is not wanted here any more.

import { kind } from "../../../wire/native/frame.ts";
import { type Budget, cancelsOf } from "../../budget.ts";
import type { Household } from "../../platform.ts";
import type { Outbox } from "../outbox.ts";
import type { Loading } from "./loading.ts";
import type { Outgoing } from "./outgoing.ts";
import type { PendingCall } from "./pending.ts";

export class Cancels {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #outgoing: Outgoing;
  readonly #loading: Loading;
  #budget: Budget | null = null;

  constructor(home: Household, outbox: Outbox, outgoing: Outgoing, loading: Loading) {
    this.#home = home;
    this.#outbox = outbox;
    this.#outgoing = outgoing;
    this.#loading = loading;
  }

  /** The other side hears that a call is not wanted any more, unless it heard that too often of late. */
  tell(call: PendingCall): void {
    if (this.#outgoing.stopped) return;
    // Aborted by a getter of a value that is being written: a frame here would stand in the middle of it.
    if (this.#outbox.busy) return this.#home.platform.clock.defer(() => this.tell(call));
    const cut = this.#cut(call);
    // Fewer than the other side allows, so that it never closes the connection for our cancels.
    this.#budget ??= cancelsOf(this.#home, 0.75);
    if (cut || this.#budget.take()) this.#send(call);
  }

  /** The other side keeps the deadline itself; it only has to hear of a message that stays cut off. */
  tellExpired(call: PendingCall): void {
    if (this.#cut(call)) this.#send(call);
  }

  #send({ id }: PendingCall): void {
    this.#outbox.put(kind.cancel, 0, 0, id, 0, null);
  }

  /** Takes back what is left of a long message; true when there was some. Then its arguments were not read. */
  #cut(call: PendingCall): boolean {
    const cut = this.#outbox.long.forget(kind.call, call.id);
    if (cut && call.cargo !== null) this.#loading.answered(call.id, true);
    return cut;
  }
}
