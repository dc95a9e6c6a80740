// The session, references: an object of the other side as we hold it: it carries the calls of its proxy. What came in arguments
// is lent until its call is over, what came as a result is owned until it is closed, and what is only passed on is held by
// those it was passed to. It is given back when none of these is so any more, and no call needs it.

import { PassingOptions } from "../../../call/passing.ts";
import type { CallExtras, CallTarget, Needed } from "../../../call/pending/extras.ts";
import { ReferenceCaller } from "../../../call/pending/reference-caller.ts";
import type { CallOptions, Delayed, Pipelined } from "../../../contract/caller.ts";
import type { UpcallError } from "../../../errors.ts";
import { closedReference, givenBackUnused, lentNoMore, notLent } from "../../../failure/reference-endings.ts";
import type { Interface, MethodEntry } from "../../../interface/define.ts";
import { flag } from "../../../wire/native/frame.ts";

/** What a reference asks of the session it came on: whatever is called is an order of its own. */
export interface ReferenceLine {
  readonly peer: string;
  announce(subject: Interface): number;
  call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object,
    target: CallTarget,
  ): Promise<unknown>;
  pipeline(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object,
    target: CallTarget,
  ): Pipelined;
}

/**
 * How an object of the other side is held: `lent` until its call is over; `owned` until it is closed; `promised` where its result
 * was only called so far, and no caller waits for it; `passed` on to another connection.
 */
export type Holding = "lent" | "owned" | "promised" | "passed";

/** What is known of an object of the other side, whatever holds it here. */
export interface Imported {
  /** In the other side's table. */
  readonly number: number;
  readonly subject: Interface;
  /** Where it came from, for people. */
  readonly made: string;
  /** How often it came and was not given back. */
  count: number;
  /** The program has to close it. */
  owned: boolean;
}

/** Who keeps the references of a connection. */
export interface ReferenceOwner {
  /** It is not only lent any more: its holder may forget it. */
  watch(reference: Reference): void;
  /** One of those who held it does not, and others do. */
  less(imported: Imported): void;
  /** Its result was called, is not called now, and no caller waits for it; or that is over. */
  rest(imported: Imported, rests: boolean): void;
  giveBack(imported: Imported): void;
}

/** Why the holder of its proxy cannot call it. */
type Ended = "closed" | "lent" | "unused";

export class Reference extends ReferenceCaller implements Delayed, Needed {
  readonly flags: number = flag.target;
  readonly base: null = null;
  readonly imported: Imported;
  readonly line: ReferenceLine;
  readonly #owner: ReferenceOwner;
  /** Calls that it is lent to, and how often it is passed on. */
  #lent = 0;
  #passed = 0;
  /** Calls of it that run, and calls that it goes home with. */
  #calls = 0;
  #promised = false;
  /** It was declared or said that it outlives its call. */
  #kept = false;
  #closed = false;
  #watched = false;
  /** Calls of it that are on their way to it, and not made yet. */
  #underWay = 0;
  #ended: Ended | null = null;
  #over = false;
  #idle: Promise<void> | null = null;
  #onIdle: (() => void) | null = null;

  constructor(line: ReferenceLine, imported: Imported, owner: ReferenceOwner) {
    super();
    this.line = line;
    this.imported = imported;
    this.#owner = owner;
  }

  get peer(): string {
    return this.line.peer;
  }

  /** Whether the holder of its proxy can call it. */
  get open(): boolean {
    return this.#ended === null;
  }

  /** Whether it is given back: it cannot even be passed on. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether it is not only lent or passed on, or was not only that: then it lives as long as the program has it. */
  get watched(): boolean {
    return this.#watched;
  }

  announce(subject: Interface): number {
    return this.line.announce(subject);
  }

  call(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Promise<unknown> {
    return this.line.call(number, entry, args, options, this, this);
  }

  pipeline(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Pipelined {
    return this.line.pipeline(number, entry, args, options, this, this);
  }

  number(): number {
    return this.imported.number;
  }

  /** It came once more, and is held so. */
  take(holding: Holding): void {
    if (holding === "passed") this.hold();
    else if (holding === "lent") this.#lent++;
    else if (holding === "owned") this.own();
    else if (!this.imported.owned) {
      this.#promised = true;
      this.#watch();
    }
  }

  /** A caller waits for it, and has to close it. Too late where it was given back because none did. */
  own(): void {
    if (this.#ended !== null) return;
    if (this.#promised) this.#owner.rest(this.imported, false);
    this.#promised = false;
    this.#closed = false;
    this.imported.owned = true;
    this.#watch();
  }

  /**
   * From now on it is owned, although it was lent.
   * @throws UpcallError INVALID_ARGUMENT (BAD_REFERENCE) after its call; INVALID_ARGUMENT
   *   (BAD_ARGUMENT) for a result's, UNAVAILABLE (CLOSED)
   */
  keep(): void {
    this.check();
    if (this.#lent === 0 && !this.#kept) throw notLent(this.imported);
    this.#kept = true;
    this.own();
  }

  /** The same where the interface declares it. */
  keepAsDeclared(): void {
    this.#kept = true;
    this.own();
  }

  /** A call that it was lent to is over. */
  endLending(): void {
    // Closed before that.
    if (this.#lent === 0) return;
    this.#lent--;
    if (this.#lent === 0 && !this.imported.owned && !this.#promised) this.#end(this.#closed ? "closed" : "lent");
    this.#less();
  }

  /** @throws UpcallError INVALID_ARGUMENT (BAD_REFERENCE), UNAVAILABLE (CLOSED) where it cannot be called, or given, any more */
  check(): void {
    if (this.#over || (this.#ended !== null && this.#passed === 0 && this.#underWay === 0)) throw this.#why();
  }

  underWay(): void {
    this.begin();
    this.#underWay++;
  }

  made(): void {
    this.#underWay--;
    this.end();
  }

  /** A call is aimed at it, or it goes home with one. @throws UpcallError as for `check` */
  begin(extras?: CallExtras): void {
    // What another connection holds is called by that one, whatever the program in between did with it.
    if (this.#ended !== null && this.#underWay === 0 && !(extras === undefined || isPassing(extras))) throw this.#why();
    this.check();
    if (this.#promised && this.#calls === 0) this.#owner.rest(this.imported, false);
    this.#calls++;
  }

  end(): void {
    this.#calls--;
    if (this.#calls > 0) return;
    this.#onIdle?.();
    this.#onIdle = this.#idle = null;
    this.rest();
    this.#settle();
  }

  /** Its result was called, and is not any more. */
  rest(): void {
    if (this.#promised && this.#calls === 0) this.#owner.rest(this.imported, true);
  }

  hold(): void {
    this.#passed++;
  }

  unhold(): void {
    this.#passed--;
    this.#less();
  }

  /** No caller has waited for it, and there are many: it is given back. */
  drop(): void {
    this.#promised = false;
    if (this.#lent === 0) this.#end("unused");
    this.#less();
  }

  /**
   * Its owner does not own it any more; it is given back when the calls of it that run are settled, and it is fulfilled then. One
   * that is lent, and to one call only, is not lent any more. May be called twice.
   */
  async close(): Promise<void> {
    if (this.imported.owned || this.#promised) {
      if (this.#promised) this.#owner.rest(this.imported, false);
      this.imported.owned = this.#promised = false;
      this.#closed = true;
      if (this.#lent === 0) this.#end("closed");
      this.#less();
    } else if (this.#lent === 1) {
      this.#closed = true;
      this.endLending();
    }
    if (this.#calls > 0) await this.#settled();
  }

  async #settled(): Promise<void> {
    this.#idle ??= new Promise((resolve) => {
      this.#onIdle = resolve;
    });
    await this.#idle;
  }

  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    this.#owner.watch(this);
  }

  #end(why: Ended): void {
    this.#ended ??= why;
  }

  #less(): void {
    if (this.#over) return;
    if (this.#held) this.#owner.less(this.imported);
    else this.#settle();
  }

  #settle(): void {
    if (this.#over || this.#held || this.#calls > 0) return;
    this.#over = true;
    this.#end("closed");
    this.#owner.giveBack(this.imported);
  }

  get #held(): boolean {
    return this.imported.owned || this.#promised || this.#lent > 0 || this.#passed > 0;
  }

  #why(): UpcallError {
    if (this.#ended === "lent") return lentNoMore(this.imported);
    return this.#ended === "unused" ? givenBackUnused(this.imported) : closedReference(this.imported);
  }
}

function isPassing({ options }: CallExtras): boolean {
  return options instanceof PassingOptions;
}
