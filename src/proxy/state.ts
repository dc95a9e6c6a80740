// The proxy: what stands behind one, whatever it looks like: an object, a function, or a promise of either.

import type { Caller, CallOptions } from "../contract/caller.ts";
import { notExecuted } from "../errors.ts";
import type { Interface } from "../interface/define.ts";

/** A symbol: a proxy has no member whose name an interface could want. */
export const state: unique symbol = Symbol("upcall.proxy");

export interface ProxyState {
  readonly subject: Interface;
  readonly caller: Caller;
  /** The number of the interface's first method on the connection. */
  readonly first: number;
  readonly options: CallOptions | null;
  /** Its calls, and those of the proxies made from it, are sent in the order in which they are made; null: the caller knows. */
  readonly order: object | null;
  readonly owns: boolean;
}

/** Something with a state behind it. */
export interface Faced {
  readonly [state]: ProxyState;
}

/** What stands behind a proxy; undefined for anything else. */
export function proxyState(value: object): ProxyState | undefined {
  return (value as Partial<Faced>)[state];
}

/** The same where there must be one. Errors: INVALID_ARGUMENT (BAD_ARGUMENT). */
export function stateOf(proxy: object, where: string): ProxyState {
  const known = proxyState(proxy ?? {});
  if (known !== undefined) return known;
  throw notExecuted(
    "INVALID_ARGUMENT",
    "BAD_ARGUMENT",
    `${where}() wants a proxy that connect() or connection.proxy() gave, or a reference or function that a call brought`,
  );
}

/**
 * Where it is the promise of a proxy: what is made of it, or done with it, tells its error, so the promise does not tell it
 * once more as one that nobody handled.
 */
export function told(proxy: object): void {
  // Not by its own then(), which says that somebody waits for the proxy itself.
  if (proxy instanceof Promise) void Promise.prototype.then.call(proxy, undefined, () => {});
}

/**
 * Closes a proxy: running calls may finish, up to the drain limit. The proxy that `connect` gave ends its connection;
 * one of `connection.proxy()` leaves it to the connection. One that came by reference, or a function that did, is given
 * back to the other side when its running calls are settled. May be called twice.
 */
export async function close(proxy: object): Promise<void> {
  const { caller, owns } = stateOf(proxy, "close");
  told(proxy);
  if (owns) await caller.close();
}
