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
  /** Computes for so many milliseconds; says in which worker. */
  block: method<(ms: number) => string>(),
  exit: method<() => void>(),
  /** Posts so many odd messages to whoever started its worker, as an object's own code may. */
  post: method<(times: number) => void>(),
  /** Sends its own process a signal. */
  die: method<(signal: string) => void>(),
  /** Fills the heap until there is no more, so many numbers at a time. */
  fill: method<(step: number) => void>(),
});

/** What opens and closes, in the attacked process, so that an attack can be in the middle of it. */
export const Keeper = defineInterface("Keeper", {
  /** Serves a target elsewhere; gives its URL. */
  open: method<() => string>(),
  /** Closes it, so many times at once; says what is left of it. */
  close: method<(times: number) => string>(),
  /** Calls a server, and closes or gives up before it has answered; says what became of it. */
  flee: method<(url: string, how: string) => string>(),
});

export const Line = defineInterface("Line", { request: method<(text: string) => string>() });
