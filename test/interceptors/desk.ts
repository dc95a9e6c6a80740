// An interface of methods that say more than a result.
import { defineInterface, method, stream } from "upcall";
import { z } from "zod";

const numbers = method({ args: [], returns: stream<number>() });

export const Desk = defineInterface("Desk", {
  warming: method<() => number>(),
  busy: method<() => number>(),
  down: method<() => number>(),
  again: method<() => number>({ idempotent: true }),
  passesOn: method<(url: string) => number>(),
  closed: method<(url: string) => number>(),
  who: method<() => string>(),
  failing: method<() => never>(),
  asynchronous: numbers,
  synchronous: numbers,
  given: numbers,
  checked: method({ args: [], returns: stream(z.number()) }),
  late: numbers,
});

export interface DeskState {
  /** How often a method was entered ... */
  entered: number;
  /** ... and how many of the next times it fails. */
  failures: number;
}
