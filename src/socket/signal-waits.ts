// Sockets: calls that wait for something to arrive (a connection, bytes, a datagram), first come first served. It knows
// neither what arrives nor from where: each call brings an attempt, and `retry` is called when something has arrived.
import { listen, unlisten } from "../aborts.ts";
import { aSignal, checkOptions, type Shapes } from "../options.ts";
import { aborted } from "./refusals.ts";

export interface SignalOption {
  /** Gives the call up: it ends with CANCELLED (ABORTED). What it waited for stays for the next call. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

export const signalOptions: Shapes<SignalOption> = { signal: aSignal };

/** The signal of a call's options. @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) for any other option */
export function signalIn(what: string, options: SignalOption | undefined): AbortSignal | undefined {
  checkOptions(what, options, signalOptions);
  return options?.signal;
}

interface Waiter {
  /** Returns false when there is still nothing. */
  attempt(): boolean;
}

export class Waiting {
  readonly #waiters: Waiter[] = [];

  /**
   * Settles with the result of `attempt`, when it gives one and every earlier call has its own.
   *
   * @param attempt gives the result, undefined while there is none, or throws what the call ends with
   * @param what    the call's name, for the error when it is given up
   * @param options as the call got them
   */
  async wait<T>(what: string, attempt: () => T | undefined, options?: SignalOption): Promise<T> {
    const signal = signalIn(what, options);
    if (signal?.aborted) throw aborted(what, signal);
    if (this.#waiters.length === 0) {
      const value = attempt();
      if (value !== undefined) return value;
    }
    return new Promise<T>((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        if (signal !== undefined) reject(aborted(what, signal));
      };
      const waiter: Waiter = {
        attempt: () => {
          try {
            const value = attempt();
            if (value === undefined) return false;
            resolve(value);
          } catch (error) {
            reject(error);
          }
          unlisten(signal, giveUp);
          return true;
        },
      };
      listen(signal, giveUp);
      this.#waiters.push(waiter);
    });
  }

  /** Something happened: the waiting calls try again, in order, until one finds nothing. */
  retry(): void {
    for (let first = this.#waiters[0]; first?.attempt(); first = this.#waiters[0]) this.#waiters.shift();
  }
}

/** The promise's own result, unless the signal is aborted first; the promise itself goes on unobserved. */
export function unlessAborted<T>(promise: Promise<T>, what: string, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    promise.catch(() => undefined);
    return Promise.reject(aborted(what, signal));
  }
  return new Promise<T>((resolve, reject) => {
    const giveUp = (): void => reject(aborted(what, signal));
    listen(signal, giveUp);
    promise.then(resolve, reject).finally(() => unlisten(signal, giveUp));
  });
}
