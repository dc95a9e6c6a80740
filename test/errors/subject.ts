// A bank that declares its errors: the interface that the suites of errors share with the workers they start.

import { callback, DeclaredError, data, defineInterface, method, type Schema, stream } from "upcall";

export class InsufficientFunds extends DeclaredError<{ readonly missing: number }>("InsufficientFunds") {
  /** Whether a little more would do. */
  get nearly(): boolean {
    return this.data.missing < 10;
  }
}

/** Its constructor takes what the class needs, and no message. */
export class NoSuchAccount extends DeclaredError<{ readonly name: string }>("NoSuchAccount", { code: "NOT_FOUND" }) {
  constructor(name: string) {
    super(`there is no account ${name}`, { name });
  }
}

/** A text that is a day, by a schema of our own. */
const day: Schema<string> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) ? { value } : { issues: [{ message: "is no day" }] },
  },
};

export class Frozen extends DeclaredError("Frozen", { code: "ABORTED", data: day }) {}

/** Data of every kind. */
export class Everything extends DeclaredError<unknown>("Everything") {}

/** Nobody declares it. */
export class Elsewhere extends DeclaredError<{ readonly secret: string }>("Elsewhere", { code: "OUT_OF_RANGE" }) {}

/** Thrown by a function that the caller gives. */
export class Enough extends DeclaredError<{ readonly after: number }>("Enough", { code: "CANCELLED" }) {}

const errors = [InsufficientFunds, NoSuchAccount, Frozen, Everything] as const;

export const Bank = defineInterface("Bank", {
  withdraw: method<(account: string, amount: number) => number>({ errors }),
  /** Throws what is known by that name. */
  fail: method<(how: string) => void>({ errors }),
  carry: method<(value: unknown) => void>({ errors }),
  history: method({ args: [data<string>()], returns: stream<number>(), errors }),
  pay: method({ args: [stream<number>()], returns: data<number>(), errors }),
  each: method({
    args: [callback({ args: [data<number>()], returns: data<number>(), errors: [Enough] })],
    returns: data<string>(),
    errors,
  }),
  /** The same without a word of errors. */
  silent: method<(how: string) => void>(),
});

export const incident: RegExp = /^[0-9a-f]{16}$/;
