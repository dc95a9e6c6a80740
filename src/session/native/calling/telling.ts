// The session, the caller's half: what the other side is told of calls that nobody here waits for any more. Made with the
// first of them.

import type { PendingCall } from "../../../call/pending/pending.ts";
import { type Budget, cancelsOf } from "../../../endpoint/budget.ts";
import type { Household } from "../../../endpoint/platform.ts";
import { kind } from "../../../wire/native/frame.ts";
import type { Outbox } from "../output/outbox.ts";
import type { Loading } from "./loading.ts";
import type { Outgoing } from "./outgoing.ts";

export class Telling {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #outgoing: Outgoing;
  readonly #loading: Loading;
  readonly #cancels: Budget;

  constructor(home: Household, outbox: Outbox, outgoing: Outgoing, loading: Loading) {
    this.#home = home;
    this.#outbox = outbox;
    this.#outgoing = outgoing;
    this.#loading = loading;
    // Fewer than the other side allows, so that it never closes the connection for our cancels.
    this.#cancels = cancelsOf(home, 0.75);
  }

  /** The call is not wanted any more; said unless it was said too often of late. */
  cancelled(call: PendingCall): void {
    if (this.#outgoing.stopped) return;
    // Aborted by a getter of a value that is being written: a frame here would stand in the middle of it.
    if (this.#outbox.busy) return this.#home.platform.clock.defer(() => this.cancelled(call));
    const cut = this.#cut(call);
    if (cut || this.#cancels.take()) this.#outbox.put(kind.cancel, 0, 0, call.id, 0, null);
  }

  /** The other side knows by itself, and only has to hear of a message that stays cut off. */
  over(call: PendingCall): void {
    if (this.#cut(call)) this.#outbox.put(kind.cancel, 0, 0, call.id, 0, null);
  }

  /** Takes back what is left of a long message; true when there was some. Then its arguments were not read. */
  #cut(call: PendingCall): boolean {
    const cut = this.#outbox.long.forget(kind.call, call.id);
    if (cut && call.cargo !== null) this.#loading.answered(call.id, true);
    return cut;
  }
}
