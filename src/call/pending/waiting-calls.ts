// The session, the caller's half: calls that wait because the other side runs as many as it takes, in the order they
// were made. They are marshalled already, so that what the caller changes afterwards changes no call.

import type { Account } from "../../endpoint/memory-budget.ts";
import type { Limits } from "../../limits.ts";
import type { PendingCall } from "./pending.ts";

export class WaitingCalls {
  readonly #limits: Limits;
  readonly #account: Account;
  /** Each with its marshalled arguments. Null before the first: most connections never let one wait. */
  #calls: Map<PendingCall, Uint8Array> | null = null;
  #bytes = 0;

  constructor(limits: Limits, account: Account) {
    this.#limits = limits;
    this.#account = account;
  }

  get size(): number {
    return this.#calls === null ? 0 : this.#calls.size;
  }

  get bytes(): number {
    return this.#bytes;
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
    const { length } = body;
    if (this.size >= this.#limits.waiting || this.#bytes + length > this.#limits.waitingBytes) return false;
    if (!this.#account.admits(length)) return false;
    this.put(call, body);
    return true;
  }

  /** The same for one that was let in elsewhere. */
  put(call: PendingCall, body: Uint8Array): void {
    this.#calls ??= new Map();
    this.#calls.set(call, body);
    this.#change(body.length);
  }

  remove(call: PendingCall): void {
    const body = this.#calls?.get(call);
    if (body === undefined) return;
    this.#calls?.delete(call);
    this.#change(-body.length);
  }

  all(): PendingCall[] {
    return this.#calls === null ? [] : [...this.#calls.keys()];
  }

  #change(bytes: number): void {
    this.#bytes += bytes;
    this.#account.hold(bytes);
  }
}
