// The skeleton: a function that makes an object for each connection or each call. When it fails, the call fails: its
// method has not run. The next call asks the function again.

import type { Counters } from "../counters.ts";
import { isUpcallError, notExecuted } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import type { Peer } from "../peer.ts";
import { exempt } from "./disposals.ts";
import { type Row, rowOf } from "./skeleton-method.ts";
import { isThenable } from "./upcall.ts";

/** How long an object is kept: as long as its server, as one connection, or as one call. */
export type Per = "server" | "connection" | "call";

/** What a function that makes an object is told of the caller. */
export interface ObjectContext {
  /** The other end of the connection, as `context().peer` has it. */
  readonly peer: Peer;
  /** Aborts when the connection has ended; for the object of one call, as the call's own `context().signal` does. */
  readonly signal: AbortSignal;
}

/**
 * What is thrown when a call has reached its object but the method was not entered. User code cannot throw one.
 */
export class Unentered {
  /** What the caller is told; with `what`, what user code threw. */
  readonly error: unknown;
  /** The function that threw, as the beginning of a sentence; null where upcall itself made the error. */
  readonly what: string | null;

  constructor(error: unknown, what: string | null) {
    this.error = error;
    this.what = what;
  }
}

/** Whether a thrown value is an `Unentered`. Nothing is read from the value: reading its class may run user code. */
export function isUnentered(thrown: unknown): thrown is Unentered {
  return typeof thrown === "object" && thrown !== null && unentered.has(thrown);
}

export function notEntered(error: unknown, what: string | null): Unentered {
  const one = new Unentered(error, what);
  unentered.add(one);
  return one;
}

const unentered: WeakSet<object> = new WeakSet();

/** An object with its methods, which were looked up once. */
export interface Made {
  readonly object: object;
  readonly row: Row;
}

export class Maker {
  readonly subject: Interface;
  readonly per: Exclude<Per, "server">;
  readonly #make: (context: ObjectContext) => unknown;
  readonly #check: (object: unknown) => object;

  /**
   * @param make  the user's function
   * @param check gives the object that does the work; throws where a method is missing
   */
  constructor(
    subject: Interface,
    per: Exclude<Per, "server">,
    make: (context: ObjectContext) => unknown,
    check: (object: unknown) => object,
  ) {
    this.subject = subject;
    this.per = per;
    this.#make = make;
    this.#check = check;
  }

  /** Makes an object, or promises one. @throws a value that {@link isUnentered} knows */
  make(context: ObjectContext, counters: Counters): Made | Promise<Made> {
    const failed = (error: unknown, what: string | null): Unentered => {
      counters.objectsNotMade++;
      return notEntered(error, what);
    };
    let made: unknown;
    try {
      made = this.#make(context);
      // Reading `then` may run user code.
      if (isThenable(made))
        return Promise.resolve(made).then(
          (object) => this.#checked(object, failed),
          (error: unknown) => {
            throw failed(error, this.#what);
          },
        );
    } catch (error) {
      throw failed(error, this.#what);
    }
    return this.#checked(made, failed);
  }

  #checked(object: unknown, failed: (error: unknown, what: string | null) => Unentered): Made {
    try {
      const delegate = this.#check(object);
      exempt(delegate);
      return { object: delegate, row: rowOf(this.subject, delegate) };
    } catch (error) {
      // A getter of the object may have thrown something that is no error of upcall.
      if (!isUpcallError(error)) throw failed(error, this.#what);
      throw failed(notExecuted("INTERNAL", "BAD_INTERFACE", `${this.#what}: ${error.message}`), null);
    }
  }

  get #what(): string {
    return `the function that makes ${this.subject.name} for each ${this.per}`;
  }
}
