// The session, the caller's half: numbers of methods for whoever carries calls and has no connection of its own: which
// session will carry them, and which numbers it has, is found out later.

import type { Interface } from "../interface/define.ts";

/** One method that was given a number. */
export interface Numbered {
  readonly subject: Interface;
  /** The method's place in its interface. */
  readonly index: number;
}

export class Numbers {
  readonly #first: Map<Interface, number> = new Map();
  readonly #methods: Numbered[] = [];

  /** All interfaces that have numbers, in the order in which they got them. */
  get interfaces(): Interface[] {
    return [...this.#first.keys()];
  }

  has(subject: Interface): boolean {
    return this.#first.has(subject);
  }

  /** The number of the interface's first method. */
  first(subject: Interface): number {
    const known = this.#first.get(subject);
    if (known !== undefined) return known;
    const first = this.#methods.length;
    this.#first.set(subject, first);
    for (const index of subject.table.keys()) this.#methods.push({ subject, index });
    return first;
  }

  /** What has a number; whoever asks got the number here. */
  at(number: number): Numbered {
    const known = this.#methods[number];
    if (known === undefined) throw new TypeError(`${number} is the number of no method`);
    return known;
  }
}
