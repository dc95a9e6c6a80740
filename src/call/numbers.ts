// The session, the caller's half: numbers of methods for a caller that has no connection of its own: which session will
// carry them, and which numbers it has, is found out later.

import { tooManyAnnounced } from "../failure/call-endings.ts";
import type { Interface } from "../interface/define.ts";

/** One method that was given a number. */
export interface Numbered {
  readonly subject: Interface;
  /** The method's place in its interface. */
  readonly index: number;
}

export class Numbers {
  readonly #first: Map<Interface, number> = new Map();
  readonly #most: number;
  /** Numbers that were given. */
  count = 0;

  /** @param most what one connection may announce */
  constructor(most: number) {
    this.#most = most;
  }

  /** All interfaces that have numbers, in the order in which they got them. */
  get interfaces(): Interface[] {
    return [...this.#first.keys()];
  }

  /** The number of the interface's first method. @throws UpcallError RESOURCE_EXHAUSTED (TOO_MANY) */
  first(subject: Interface): number {
    const known = this.#first.get(subject);
    if (known !== undefined) return known;
    const first = this.count;
    if (first + subject.table.length > this.#most) throw tooManyAnnounced(subject, this.#most);
    this.#first.set(subject, first);
    this.count += subject.table.length;
    return first;
  }

  /** The method of a number that this object gave. */
  at(number: number): Numbered {
    for (const [subject, first] of this.#first) {
      const index = number - first;
      if (index >= 0 && index < subject.table.length) return { subject, index };
    }
    throw new TypeError(`${number} is the number of no method`);
  }
}
