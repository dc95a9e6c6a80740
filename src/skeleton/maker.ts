// The skeleton: a function that makes an object for each connection or each call, and what becomes of a call whose object it
// did not make: the method has not run, and the next call has the function asked again.

import type { Counters } from "../counters.ts";
import { notExecuted, textOf, type UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import { thrownError } from "../session/failure.ts";
import { type Row, rowOf } from "./method.ts";
import { isThenable } from "./upcall.ts";

/** How long an object is kept: as long as whoever serves it, as one connection, or as one call. */
export type Per = "server" | "connection" | "call";

/** What a function that makes an object is told of whom it is for. */
export interface ObjectContext {
  /** The caller's address. */
  readonly peer: string;
  /** Aborts when the connection has ended; for the object of one call, as the call's own `context().signal` does. */
  readonly signal: AbortSignal;
}

/** Errors of calls whose method was never entered, although the call had come as far as its object. */
const unentered: WeakSet<object> = new WeakSet();

/**
 * Whether something that an upcall threw says that the method has not run. Nothing that user code throws does, and nothing
 * is asked of it: even its class may throw.
 */
export function isUnentered(thrown: unknown): thrown is UpcallError {
  return typeof thrown === "object" && thrown !== null && unentered.has(thrown);
}

export function unenteredError(error: UpcallError): UpcallError {
  unentered.add(error);
  return error;
}

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

  /** Makes an object, or promises one. Errors: such as {@link isUnentered} knows. */
  make(context: ObjectContext, counters: Counters): Made | Promise<Made> {
    const failed = (error: UpcallError): UpcallError => {
      counters.objectsNotMade++;
      return unenteredError(error);
    };
    let made: unknown;
    try {
      made = this.#make(context);
      // Asking whether it can be awaited runs the user's code, too.
      if (isThenable(made))
        return Promise.resolve(made).then(
          (object) => this.#checked(object, failed),
          (error: unknown) => {
            throw failed(this.#thrown(error));
          },
        );
    } catch (error) {
      throw failed(this.#thrown(error));
    }
    return this.#checked(made, failed);
  }

  #checked(object: unknown, failed: (error: UpcallError) => UpcallError): Made {
    try {
      const delegate = this.#check(object);
      return { object: delegate, row: rowOf(this.subject, delegate) };
    } catch (error) {
      throw failed(notExecuted("INTERNAL", "BAD_INTERFACE", `${this.#what}: ${textOf(error)}`, error));
    }
  }

  /** The code is the function's own where it threw an UpcallError: it may refuse a caller. */
  #thrown(thrown: unknown): UpcallError {
    const { code, message } = thrownError(thrown, this.#what);
    return notExecuted(code, "THROWN", message, thrown);
  }

  get #what(): string {
    return `the function that makes ${this.subject.name} for each ${this.per}`;
  }
}
