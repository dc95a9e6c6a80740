// The session: the numbers of methods, in both directions. The sender numbers its own list, interface after interface;
// the receiver maps it by name, so a method added on one side breaks no one on the other.

import { notExecuted, UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import type { Target, Workplace } from "./contract.ts";

/** One interface as it is announced: its name, and its methods' names and kinds. */
export type Announcement = readonly [name: string, methods: readonly (readonly [name: string, kind: string])[]];

export function announcementOf(subject: Interface): Announcement {
  return [subject.name, subject.table.map(({ name, method }) => [name, method.kind] as const)];
}

/** What this side announced. */
export class AnnouncedHere {
  readonly #first: Map<Interface, number> = new Map();
  #count = 0;

  /** The number of the interface's first method, or -1 when it is not announced yet. */
  firstOf(subject: Interface): number {
    return this.#first.get(subject) ?? -1;
  }

  add(subject: Interface): number {
    const first = this.#count;
    this.#first.set(subject, first);
    this.#count += subject.table.length;
    return first;
  }

  get all(): Interface[] {
    return [...this.#first.keys()];
  }
}

/** What the other side announced, each number already mapped to its target here, or to the error its calls get. */
export class AnnouncedThere {
  readonly #targets: (Target | UpcallError)[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** The target of a number; undefined when nothing was announced under it. */
  find(number: number): Target | UpcallError | undefined {
    return this.#targets[number];
  }

  /** Takes a list of announcements off the wire. Errors: INVALID_ARGUMENT (BAD_GREETING), RESOURCE_EXHAUSTED (TOO_MANY). */
  add(announced: unknown, workplace: Workplace): void {
    if (!Array.isArray(announced)) throw bad("the list of interfaces is no list");
    for (const one of announced as unknown[]) {
      const [name, methods] = pair(one, "an interface");
      if (typeof name !== "string" || !Array.isArray(methods))
        throw bad("an interface has no name or no list of methods");
      for (const each of methods as unknown[]) {
        const [method] = pair(each, "a method");
        if (typeof method !== "string") throw bad("a method's name is no text");
        if (this.#targets.length >= this.#most) {
          throw new UpcallError(
            "RESOURCE_EXHAUSTED",
            `more than ${this.#most} methods were announced on one connection`,
            { reason: "TOO_MANY", outcome: "not-executed" },
          );
        }
        this.#targets.push(workplace.find(name, method));
      }
    }
  }
}

function pair(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length < 1) throw bad(`${what} is announced in a form that is not known`);
  return value;
}

function bad(message: string): UpcallError {
  return notExecuted("INVALID_ARGUMENT", "BAD_GREETING", message);
}
