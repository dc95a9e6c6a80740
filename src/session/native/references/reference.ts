// The session, references: an object of the other side as we hold it: it carries the calls of its proxy. It is given
// back when it was closed and no call needs it any more, or when nobody has its proxy.

import { notExecuted, type UpcallError } from "../../../errors.ts";
import type { Interface, MethodEntry } from "../../../interface/define.ts";
import { flag } from "../../../wire/native/frame.ts";
import type { Caller, CallOptions, Pipelined, References } from "../../contract.ts";
import type { Aim } from "../calling/cargo.ts";
import type { Holdable } from "../carrying/parcel.ts";

/** What a reference asks of the session it came on. */
export interface ReferenceLine {
  readonly peer: string;
  announce(subject: Interface): number;
  call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    aim: Aim,
  ): Promise<unknown>;
  pipeline(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    aim: Aim,
  ): Pipelined;
}

/** What is known of an object of the other side, whoever holds it here. */
export interface Imported {
  /** In the other side's table. */
  readonly number: number;
  readonly subject: Interface;
  /** Where it came from, for people. */
  readonly made: string;
  /** How often it came and was not given back. */
  count: number;
  /** Somebody has to close it. */
  taken: boolean;
}

export class Reference implements Caller, Aim, Holdable {
  readonly flags: number = flag.target;
  readonly imported: Imported;
  readonly line: ReferenceLine;
  /** It is passed on and nothing else, so it is given back when nothing passes it on any more. */
  passed = false;
  readonly #giveBack: (reference: Reference) => void;
  #holders = 0;
  #closed = false;
  #idle: (() => void) | null = null;
  #closing: Promise<void> | null = null;

  constructor(line: ReferenceLine, imported: Imported, giveBack: (reference: Reference) => void) {
    this.line = line;
    this.imported = imported;
    this.#giveBack = giveBack;
  }

  get peer(): string {
    return this.line.peer;
  }

  get closed(): boolean {
    return this.#closed;
  }

  announce(subject: Interface): number {
    return this.line.announce(subject);
  }

  call(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Promise<unknown> {
    return this.line.call(number, entry, args, options, this);
  }

  pipeline(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Pipelined {
    return this.line.pipeline(number, entry, args, options, this);
  }

  number(): number {
    return this.imported.number;
  }

  /** A call is aimed at it, or it goes home with one. Errors: UNAVAILABLE (CLOSED). */
  begin(): void {
    if (this.#closed) throw closedReference(this.imported);
    this.#holders++;
  }

  end(): void {
    this.unhold();
  }

  hold(): void {
    this.#holders++;
  }

  unhold(): void {
    this.#holders--;
    if (this.#holders > 0) return;
    if (this.#closed) this.#idle?.();
    else if (this.passed) void this.close();
  }

  /** Takes no new calls, and gives the object back when those that run are settled. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    if (this.#holders > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#giveBack(this);
  }
}

/** What is received to be passed on is held, if it is a reference, until ... */
export function hold(references: References, value: unknown): void {
  referenceOf(references, value)?.hold();
}

/** ... it is not needed any more for that. */
export function letGo(references: References, value: unknown): void {
  referenceOf(references, value)?.unhold();
}

function referenceOf(references: References, value: unknown): Reference | null {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return null;
  const caller = references.callerOf(value);
  return caller instanceof Reference ? caller : null;
}

function closedReference({ subject, made }: Imported): UpcallError {
  return notExecuted(
    "UNAVAILABLE",
    "CLOSED",
    `this reference to ${subject.name} (${made}) was closed: ask the other side for another one`,
  );
}
