// What is served to those who behave and to those who do not: an interface with everything in it that can be attacked,
// and one for the plain wire.

import { callback, data, defineInterface, method, oneway, reference, stream } from "upcall";

export const Account = defineInterface("Account", {
  deposit: method<(amount: number) => number>(),
  wait: method<() => void>(),
});

export const Target = defineInterface("Target", {
  reverse: method<(text: string) => string>(),
  echo: method<(value: unknown) => unknown>(),
  /** Settles when nobody wants it any more. */
  wait: method<(value?: unknown) => void>(),
  note: oneway<(value: unknown) => void>(),
  /** The same account for the same name. */
  open: method({ args: [data<string>()], returns: reference(() => Account) }),
  openLater: method({ args: [data<string>()], returns: reference(() => Account) }),
  back: method({ args: [reference(() => Account)], returns: reference(() => Account) }),
  /** Keeps a function of the caller's. */
  watch: method({ args: [callback<(index: number) => number>()] }),
  /** Calls a function of the caller's and gives what it gives. */
  ask: method({ args: [callback<(index: number) => number>()], returns: data<number>() }),
  /** Gives what is no account: `process`, itself, a function. */
  odd: method({ args: [data<string>()], returns: reference(() => Account) }),
  /** Gives the same where plain data is declared. */
  oddValue: method<(what: string) => unknown>(),
  count: method({ args: [data<number>()], returns: stream<number>() }),
  /** So many times 64 KiB. */
  large: method({ args: [data<number>()], returns: stream<Uint8Array>() }),
  sum: method({ args: [stream<number>()], returns: data<number>() }),
  /** Is given a stream and does not read it. */
  ignore: method({ args: [stream<number>()], returns: data<number>() }),
  throws: method<(what: string) => void>(),
  /** Computes for so many milliseconds. */
  block: method<(ms: number) => void>(),
  exit: method<() => void>(),
});

export const Line = defineInterface("Line", { request: method<(text: string) => string>() });
