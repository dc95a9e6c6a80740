// The session, the callee's half: calls that came while there is no room for them: the other side does not take its
// replies, or sent some before it knew how many may run. They wait here, a bounded number of bytes, instead of stopping
// the whole connection: two ends that both stopped reading until the other one reads would wait for ever.

import type { Account } from "../../../endpoint/memory-budget.ts";
import type { Limits } from "../../../limits.ts";

/** What of a frame's header says whose call it is and where it goes. */
export interface CallHeader {
  readonly method: number;
  readonly flags: number;
  readonly call: number;
  readonly remaining: number;
  /** No other code has the body. */
  readonly owned: boolean;
  /** The server's hook has allowed it. */
  readonly allowed?: boolean;
}

/** A call frame, copied. */
export interface HeldCall extends CallHeader {
  readonly body: Uint8Array;
  /** When it came, on the clock. */
  readonly since: number;
}

/** @param body no other code has it @param since milliseconds on the clock */
export function heldOf(header: CallHeader, body: Uint8Array, since: number): HeldCall {
  const { method, flags, call, remaining, allowed = false } = header;
  return { method, flags, call, remaining, body, owned: true, allowed, since };
}

export class HeldCalls {
  readonly #limits: Limits;
  readonly #account: Account;
  #calls: HeldCall[] = [];
  #bytes = 0;

  constructor(limits: Limits, account: Account) {
    this.#limits = limits;
    this.#account = account;
  }

  get size(): number {
    return this.#calls.length;
  }

  has(id: number): boolean {
    return this.#calls.some(({ call }) => call === id);
  }

  /** False when its bytes would be too many. */
  add(call: HeldCall): boolean {
    const { length } = call.body;
    if (this.#bytes + length > this.#limits.partialBytes || !this.#account.admits(length)) return false;
    this.#calls.push(call);
    this.#change(length);
    return true;
  }

  /** The oldest, taken out. */
  next(): HeldCall | undefined {
    const call = this.#calls.shift();
    if (call !== undefined) this.#change(-call.body.length);
    return call;
  }

  /** Takes one out by its id, where it is here. */
  remove(id: number): HeldCall | undefined {
    const index = this.#calls.findIndex(({ call }) => call === id);
    const [call] = index < 0 ? [] : this.#calls.splice(index, 1);
    if (call !== undefined) this.#change(-call.body.length);
    return call;
  }

  clear(): void {
    this.#calls = [];
    this.#change(-this.#bytes);
  }

  #change(bytes: number): void {
    this.#bytes += bytes;
    this.#account.hold(bytes);
  }
}
