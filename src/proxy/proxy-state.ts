// The proxy: the state behind one. A proxy is an object, a function, or a promise of either.

import type { Caller, CallOptions } from "../contract/caller.ts";
import { notExecuted } from "../errors.ts";
import type { Interface } from "../interface/define.ts";

/** A symbol, so that it cannot collide with the name of a method. */
export const state: unique symbol = Symbol("upcall.proxy");

export interface ProxyState {
  readonly subject: Interface;
  readonly caller: Caller;
  /** The number of the interface's first method on the connection. */
  readonly first: number;
  readonly options: CallOptions | null;
  /**
   * Its calls, and those of the proxies made from it, are sent in the order in which they are made. Null: the `Caller`
   * decides.
   */
  readonly order: object | null;
  readonly owns: boolean;
}

/** Something with a state behind it. */
export interface Faced {
  readonly [state]: ProxyState;
}

/** The state behind a proxy; undefined for every other value. */
export function proxyState(value: object): ProxyState | undefined {
  return (value as Partial<Faced>)[state];
}

/** The same where there must be one. @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) */
export function stateOf(proxy: object, where: string): ProxyState {
  const known = proxyState(proxy ?? {});
  if (known !== undefined) return known;
  throw notExecuted(
    "INVALID_ARGUMENT",
    "BAD_ARGUMENT",
    `${where}() wants a proxy: of connect() or connection.proxy(), or a reference or function from a call`,
  );
}

/**
 * Marks the promise of a proxy as handled: its error comes from the calls that were made of it, so it must not be an
 * unhandled rejection too.
 */
export function told(proxy: object): void {
  // Not its own then(), by which the program awaits the proxy itself.
  if (proxy instanceof Promise) void Promise.prototype.then.call(proxy, undefined, () => {});
}

/**
 * Closes a proxy: running calls may finish, up to the drain limit. The proxy that `connect` gave ends its connection;
 * one of `connection.proxy()` leaves it to the connection. A proxy or function that came by reference is given back to
 * the peer when its running calls are settled. It can be called twice.
 */
export async function close(proxy: object): Promise<void> {
  const { caller, owns } = stateOf(proxy, "close");
  told(proxy);
  if (owns) await caller.close();
}
