// The session, the callee's half: whose calls they are. A dispatcher that keeps something for one connection learns here
// who is at its other end, and when it has ended.

import type { Holder } from "../contract/callee.ts";
import { callerGone } from "../failure/call-refusals.ts";
import type { Peer } from "../peer.ts";

/** One connection. */
export class ConnectionHolder implements Holder {
  readonly peer: Peer;
  #abort: AbortController | null = null;
  #told: (() => void)[] | null = null;
  #over = false;

  constructor(peer: Peer) {
    this.peer = peer;
  }

  /** Given to user code; aborts when the connection has ended. Made when it is first asked for. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#over) this.#abort.abort(callerGone());
    }
    return this.#abort.signal;
  }

  /** Calls `told` once, when the connection has ended and its running calls have been told. */
  whenOver(told: () => void): void {
    if (this.#over) return told();
    this.#told ??= [];
    this.#told.push(told);
  }

  /** The connection has ended; said by its session. May be said twice. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#abort?.abort(callerGone());
    for (const told of this.#told ?? []) told();
    this.#told = null;
  }
}
