// The session, references: our objects that the other side holds, each under a number. The same object has the same
// number as long as it is held, so that it is the same proxy there and the original here when it comes home.

import type { References, Row } from "../../../contract/reference-contract.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { notExecuted, type UpcallError } from "../../../errors.ts";
import type { Interface } from "../../../interface/define.ts";
import { broken } from "../input/released.ts";
import { Reference } from "./reference.ts";

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
  /** It is disposed of when no peer holds it any more, if it was given as a result and can be. */
  readonly own: boolean;
  /** Where it is an object of another connection, which came by reference: held as long as this. */
  readonly passed: Reference | null;
}

export class Exports {
  readonly #endpoint: Endpoint;
  readonly #references: References;
  readonly #held: (any: boolean) => void;
  readonly #dispose: (object: object, subject: Interface) => void;
  readonly #byNumber: Map<number, Exported> = new Map();
  /** One object may be held as several interfaces. */
  readonly #byObject: Map<object, Exported[]> = new Map();
  #next = 1;

  /**
   * @param held    told when the first object is held, and when the last one no more
   * @param dispose disposes of an object that was given as a result, and that no peer holds any more
   */
  constructor(
    endpoint: Endpoint,
    references: References,
    held: (any: boolean) => void,
    dispose: (object: object, subject: Interface) => void,
  ) {
    this.#endpoint = endpoint;
    this.#references = references;
    this.#held = held;
    this.#dispose = dispose;
  }

  /** Objects that the other side holds. */
  get size(): number {
    return this.#byNumber.size;
  }

  /**
   * An object goes to the other side once more.
   *
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) when it lacks a method, RESOURCE_EXHAUSTED (TOO_MANY)
   *
   * @param result whether it goes as a result, and is the other side's then
   */
  send(subject: Interface, object: object, result: boolean): Exported {
    const { references: most } = this.#endpoint.limits;
    const exported = this.#known(subject, object) ?? this.#add(subject, object, most);
    exported.sent++;
    if (result && exported.own) this.#endpoint.platform.given.result(object);
    return exported;
  }

  #add(subject: Interface, object: object, most: number): Exported {
    if (this.size >= most) {
      this.#endpoint.counters.referencesRefused++;
      throw tooMany(most);
    }
    const row = this.#references.row(subject, object);
    // A function is not disposed of, and a proxy is closed by its holder.
    const own = typeof object !== "function" && this.#references.callerOf(object) === null;
    const passed = this.#passed(object);
    const exported: Exported = { number: this.#number(), subject, object, row, sent: 0, own, passed };
    if (own) this.#endpoint.platform.given.hold(object);
    this.#byNumber.set(exported.number, exported);
    const others = this.#byObject.get(object);
    if (others === undefined) this.#byObject.set(object, [exported]);
    else others.push(exported);
    this.#endpoint.counters.referencesNow++;
    if (this.size === 1) this.#held(true);
    return exported;
  }

  /** The methods of an object that the other side holds; null for any other. */
  rowOf(subject: Interface, object: object): Row | null {
    return this.#known(subject, object)?.row ?? null;
  }

  find(number: number): Exported | null {
    return this.#byNumber.get(number) ?? null;
  }

  /** What was sent never arrived, or was not read. */
  takeBack(number: number): void {
    const exported = this.#byNumber.get(number);
    if (exported !== undefined) this.#less(exported, 1);
  }

  /**
   * The other side gives objects back: a number and how often it got it, one after the other. Throws where it never got
   * one so often.
   */
  release(numbers: readonly number[]): void {
    if (numbers.length % 2 !== 0) throw broken("has a number without its count");
    for (let at = 0; at < numbers.length; at += 2) {
      const [number = 0, count = 0] = numbers.slice(at, at + 2);
      const exported = this.#byNumber.get(number);
      if (exported === undefined || count > exported.sent)
        throw broken(`is reference ${number}, more often than it was given`);
      this.#less(exported, count);
    }
  }

  /** The connection is gone. */
  clear(): void {
    for (const exported of this.#byNumber.values()) this.#less(exported, exported.sent);
  }

  #known(subject: Interface, object: object): Exported | undefined {
    return this.#byObject.get(object)?.find((one) => one.subject === subject);
  }

  #passed(object: object): Reference | null {
    const caller = this.#references.callerOf(object);
    if (!(caller instanceof Reference)) return null;
    caller.hold();
    return caller;
  }

  #less(exported: Exported, count: number): void {
    exported.sent -= count;
    if (exported.sent > 0) return;
    this.#byNumber.delete(exported.number);
    const others = this.#byObject.get(exported.object)?.filter((one) => one !== exported) ?? [];
    if (others.length === 0) this.#byObject.delete(exported.object);
    else this.#byObject.set(exported.object, others);
    this.#endpoint.counters.referencesNow--;
    exported.passed?.unhold();
    if (this.size === 0) this.#held(false);
    if (exported.own && this.#endpoint.platform.given.less(exported.object))
      this.#dispose(exported.object, exported.subject);
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
