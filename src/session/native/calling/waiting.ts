// The session, the caller's half: calls that wait because the other side runs as many as it takes, in the order they
// were made. They are marshalled already, so that what the caller changes afterwards changes no call.

import type { Limits } from "../../../limits.ts";
import type { PendingCall } from "./pending.ts";

export class WaitingCalls {
  readonly #limits: Limits;
  /** Each with its marshalled arguments. Null before the first: most connections never let one wait. */
  #calls: Map<PendingCall, Uint8Array> | null = null;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#calls === null ? 0 : this.#calls.size;
  }

  /** No call may be added, however short. */
  get full(): boolean {
    return this.size >= this.#limits.waiting;
  }

  /** The one that has waited longest; only to be asked while there is one. */
  get first(): [PendingCall, Uint8Array] {
    return this.#calls?.entries().next().value as [PendingCall, Uint8Array];
  }

  /** False when the call would be one too many, or its bytes too many. */
  add(call: PendingCall, body: Uint8Array): boolean {
    if (this.size >= this.#limits.waiting || this.#bytes + body.length > this.#limits.waitingBytes) return false;
    this.#calls ??= new Map();
    this.#calls.set(call, body);
    this.#bytes += body.length;
    return true;
  }

  remove(call: PendingCall): void {
    this.#bytes -= this.#calls?.get(call)?.length ?? 0;
    this.#calls?.delete(call);
  }

  all(): PendingCall[] {
    return this.#calls === null ? [] : [...this.#calls.keys()];
  }
}
