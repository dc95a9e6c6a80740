// The session, the caller's half: a result that is not here yet, as something that can be called. Calls of it name the
// call that will return it, so they need no round trip between; where that one fails, so do they, with its error.

import type { Awaiting, CallExtras, CallTarget } from "../../../call/pending/extras.ts";
import type { PendingCall } from "../../../call/pending/pending.ts";
import type { Caller, CallOptions, Pipelined } from "../../../contract/caller.ts";
import { notExecuted, type UpcallError } from "../../../errors.ts";
import type { Interface, MethodEntry } from "../../../interface/define.ts";
import { flag } from "../../../wire/native/frame.ts";
import { Reference, type ReferenceLine } from "../references/reference.ts";

export interface PromisedTerms {
  readonly line: ReferenceLine;
  /** Whether the call is on its way as a whole: a call of its result may not overtake it. */
  readonly whole: (call: PendingCall) => boolean;
  /** The result will not be named any more. */
  readonly release: (call: PendingCall) => void;
  readonly callerOf: (value: object) => Caller | null;
  /** The same for an object of this side. */
  readonly local: (value: object) => Caller;
  /** Calls of what was promised, and of what came, are of one order from now on. */
  readonly join: (promised: Promised, here: Reference) => void;
}

export class Promised implements Caller, CallTarget, Awaiting, Pipelined {
  readonly flags: number = flag.target | flag.promised;
  readonly result: Promise<unknown>;
  readonly #base: PendingCall;
  readonly #terms: PromisedTerms;
  /** Calls of the result that are not settled. */
  readonly #calls: Set<CallExtras> = new Set();
  #settled = false;
  #error: UpcallError | null = null;
  /** Who carries calls to the result, once it is here. */
  #here: Caller | null = null;
  #taken = false;
  #released = false;

  constructor(base: PendingCall, result: Promise<unknown>, terms: PromisedTerms) {
    this.#base = base;
    this.result = result;
    this.#terms = terms;
  }

  get target(): Caller {
    return this;
  }

  /** A program that only calls the result, and never awaits it, cannot close it. */
  get wanted(): boolean {
    return this.#taken;
  }

  get peer(): string {
    return this.#terms.line.peer;
  }

  get base(): PendingCall {
    return this.#base;
  }

  taken(): void {
    this.#taken = true;
    if (this.#here instanceof Reference) this.#here.own();
  }

  announce(subject: Interface): number {
    return this.#terms.line.announce(subject);
  }

  call(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Promise<unknown> {
    if (this.#here !== null) return this.#here.call(number, entry, args, options, null);
    if (this.#error !== null) return Promise.reject(notRun(this.#base, this.#error));
    return this.#terms.line.call(number, entry, args, options, this, this);
  }

  pipeline(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Pipelined {
    if (this.#here !== null) return this.#here.pipeline(number, entry, args, options, null);
    return this.#terms.line.pipeline(number, entry, args, options, this, this);
  }

  /** Closes what was returned. @throws the errors of the call that returns it */
  async close(): Promise<void> {
    this.taken();
    await this.result;
    await this.#here?.close();
  }

  number(): number {
    if (this.#error !== null) throw notRun(this.#base, this.#error);
    return this.#base.id !== 0 && this.#terms.whole(this.#base) ? this.#base.id : 0;
  }

  begin(extras: CallExtras): void {
    if (this.#error !== null) throw notRun(this.#base, this.#error);
    this.#calls.add(extras);
  }

  end(extras: CallExtras): void {
    this.#calls.delete(extras);
    if (this.#calls.size === 0 && this.#here instanceof Reference) this.#here.rest();
    this.#release();
  }

  /** The call is over, with a value or an error. */
  settled(value: unknown, error: UpcallError | null): void {
    this.#settled = true;
    this.#error = error;
    if (error === null) {
      this.#here = this.#terms.callerOf(value as object) ?? this.#terms.local(value as object);
      if (this.#here instanceof Reference) this.#terms.join(this, this.#here);
    } else if (this.#base.extras?.refused === true || this.#base.id === 0) {
      // Where it was only given up here, the other side goes on, and so may the calls of what it returns.
      for (const extras of this.#calls) {
        // Nor will the other side make the calls of their results.
        extras.refused = true;
        extras.abandon(notRun(this.#base, error));
      }
    }
    this.#release();
  }

  #release(): void {
    if (!this.#settled || this.#released || this.#calls.size > 0 || this.#base.id === 0) return;
    this.#released = true;
    this.#terms.release(this.#base);
  }
}

/** What a call is told whose object was never returned. */
function notRun({ entry }: { readonly entry: MethodEntry }, error: UpcallError): UpcallError {
  return notExecuted(
    error.code,
    error.reason,
    `not called, because ${entry.fullName} failed, whose result it is for: ${error.message}`,
    error,
  );
}
