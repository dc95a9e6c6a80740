// The session, references: our objects that the other side holds, each under a number. The same object has the same
// number as long as it is held, so that it is the same proxy there and the original here when it comes home.

import { notExecuted, UpcallError } from "../../../errors.ts";
import type { Interface } from "../../../interface/define.ts";
import type { References, Row } from "../../contract.ts";
import type { Household } from "../../platform.ts";

const largestNumber = 0xffff_ffff;

/** One object of ours that the other side holds. */
export interface Exported {
  readonly number: number;
  readonly subject: Interface;
  readonly object: object;
  /** Its methods, found once. */
  readonly row: Row;
  /** How often its number was sent and not given back. */
  sent: number;
}

export class Exports {
  readonly #home: Household;
  readonly #references: References;
  readonly #changed: () => void;
  readonly #byNumber: Map<number, Exported> = new Map();
  /** One object may be held as several interfaces. */
  readonly #byObject: Map<object, Exported[]> = new Map();
  #next = 1;

  /** @param changed told when the first object is held, and when the last one no more */
  constructor(home: Household, references: References, changed: () => void) {
    this.#home = home;
    this.#references = references;
    this.#changed = changed;
  }

  /** Objects that the other side holds. */
  get size(): number {
    return this.#byNumber.size;
  }

  /**
   * An object goes to the other side once more.
   *
   * @param most how many objects the other side holds at once
   * Errors: INVALID_ARGUMENT (BAD_ARGUMENT) when it lacks a method, RESOURCE_EXHAUSTED (TOO_MANY).
   */
  send(subject: Interface, object: object, most: number): Exported {
    const known = this.#byObject.get(object)?.find((one) => one.subject === subject);
    if (known !== undefined) {
      known.sent++;
      return known;
    }
    if (this.size >= most) {
      this.#home.counters.referencesRefused++;
      throw tooMany(most);
    }
    const row = this.#references.row(subject, object);
    const exported: Exported = { number: this.#number(), subject, object, row, sent: 1 };
    this.#byNumber.set(exported.number, exported);
    const others = this.#byObject.get(object);
    if (others === undefined) this.#byObject.set(object, [exported]);
    else others.push(exported);
    this.#home.counters.referencesNow++;
    if (this.size === 1) this.#changed();
    return exported;
  }

  find(number: number): Exported | null {
    return this.#byNumber.get(number) ?? null;
  }

  /** What was sent never arrived, or was not read. */
  takeBack(number: number): void {
    const exported = this.#byNumber.get(number);
    if (exported !== undefined) this.#less(exported, 1);
  }

  /** The other side gives an object back as often as it got it. Throws where it never got it so often. */
  release(number: number, count: number): void {
    const exported = this.#byNumber.get(number);
    if (exported === undefined || count > exported.sent) throw releasedTooOften(number);
    this.#less(exported, count);
  }

  /** The connection is gone. */
  clear(): void {
    for (const exported of [...this.#byNumber.values()]) this.#less(exported, exported.sent);
  }

  #less(exported: Exported, count: number): void {
    exported.sent -= count;
    if (exported.sent > 0) return;
    this.#byNumber.delete(exported.number);
    const others = this.#byObject.get(exported.object)?.filter((one) => one !== exported) ?? [];
    if (others.length === 0) this.#byObject.delete(exported.object);
    else this.#byObject.set(exported.object, others);
    this.#home.counters.referencesNow--;
    if (this.size === 0) this.#changed();
  }

  /** Numbers go up, so that one which was given back soon means nothing instead of something else. */
  #number(): number {
    while (this.#byNumber.has(this.#next)) this.#step();
    const number = this.#next;
    this.#step();
    return number;
  }

  #step(): void {
    this.#next = this.#next === largestNumber ? 1 : this.#next + 1;
  }
}

function tooMany(most: number): UpcallError {
  return notExecuted(
    "RESOURCE_EXHAUSTED",
    "TOO_MANY",
    `the other side holds ${most} references already: let it close some that are not needed any more, or raise limits.references on both sides`,
  );
}

function releasedTooOften(number: number): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", `reference ${number} was given back more often than it was given`, {
    reason: "BAD_FRAME",
    outcome: "unknown",
  });
}
