// The session, the caller's half: calls that wait because the other side runs as many as it takes, in the order they
// were made. They are marshalled already, so that what the caller changes afterwards changes no call.

import type { Limits } from "../../../limits.ts";
import { CallQueue } from "./call-queue.ts";
import type { PendingCall } from "./pending.ts";

export class WaitingCalls {
  readonly #limits: Limits;
  readonly #calls: CallQueue<PendingCall> = new CallQueue();
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#calls.size;
  }

  get first(): PendingCall | null {
    return this.#calls.first;
  }

  /** False when the call would be one too many, or its bytes too many. */
  add(call: PendingCall): boolean {
    const bytes = call.body?.length ?? 0;
    if (this.#calls.size >= this.#limits.waiting || this.#bytes + bytes > this.#limits.waitingBytes) return false;
    this.#calls.add(call);
    this.#bytes += bytes;
    return true;
  }

  remove(call: PendingCall): void {
    if (this.#calls.remove(call)) this.#bytes -= call.body?.length ?? 0;
  }

  all(): PendingCall[] {
    return this.#calls.all();
  }
}
