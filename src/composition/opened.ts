// Composition, the caller's side: an open connection, as the user holds it, whatever it is made of.

import type { Caller } from "../contract/caller.ts";
import type { ConnectionState, LinkLook, Standing } from "../contract/connection-state.ts";
import { type CounterValues, snapshot } from "../counters.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { Interface } from "../interface/define.ts";
import type { ProxyOf } from "../interface/types.ts";
import { isTimeout } from "../limits.ts";
import type { Observer } from "../observer.ts";
import { proxyOf } from "../proxy/proxy.ts";
import { stateOf } from "../proxy/proxy-state.ts";
import { bad } from "./endpoint-options.ts";

/** An open connection: what `open` gives. */
export interface OpenConnection {
  /** The first URL. */
  readonly url: string;
  /** All URLs, in the order they were given. */
  readonly urls: readonly string[];
  /**
   * How it is now, of all links together: `connecting` while none has answered the greeting (calls can be made
   * already), `connected`, `draining` while running calls finish, `lost` while it is made again, `closed` for good. On
   * the plain wire, where each call opens its own, it is `connected` until it is closed.
   */
  readonly state: ConnectionState;
  /** Each of its addresses, as it is at this moment: plain data, made anew for each who asks. */
  readonly links: readonly LinkLook[];
  /**
   * Tells each change of `state`, until what this gives is disposed of. What it throws, or rejects with, is written on
   * standard error, once.
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for a value that is no function
   */
  onState(told: (state: ConnectionState) => void): Disposable;
  /**
   * Fulfilled when the server has answered the greeting: it is there, and it lets this caller in. Waits as long as a
   * call would, `timeout`, also for a connection that is made again. Native wire only.
   * @throws UpcallError UNAUTHENTICATED for a wrong token, UNAVAILABLE,
   *   DEADLINE_EXCEEDED (TIMEOUT), INVALID_ARGUMENT of a server that speaks something else; UNIMPLEMENTED
   */
  ready(): Promise<void>;
  /** A proxy that calls through this connection; as many as you like, of as many interfaces as you like. */
  proxy<I extends Interface>(subject: I): ProxyOf<I>;
  /**
   * Fulfilled when the other end has answered, with nothing called; of several, the one that the next call would go to.
   * Native wire only.
   * @throws UpcallError UNAVAILABLE, at once where no connection is open; UNIMPLEMENTED
   */
  ping(): Promise<void>;
  counters(): CounterValues;
  /**
   * Adds an observer, which is told from the next event on, until what this gives is disposed of. One that is added
   * twice is told twice.
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for a value that is no function
   */
  observe(observer: Observer): Disposable;
  /** No new calls; running ones may finish, up to the drain limit, then are cancelled. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Who carries calls and can be asked whether the other end is there. */
export type Line = Caller & Standing & { ping(): Promise<void> };

/**
 * A time that was said when connecting, or else what is usual, within `limits.timeoutMost`; in milliseconds.
 * @throws UpcallError INVALID_ARGUMENT (BAD_OPTION)
 */
export function timeWithin(endpoint: Endpoint, name: string, said: number | undefined, usual: number): number {
  const { timeoutMost } = endpoint.limits;
  const time = said ?? Math.min(usual, timeoutMost);
  if (isTimeout(time, timeoutMost)) return time;
  throw bad(
    `${name} is ${String(time)}; it must be milliseconds, more than 0 and at most ${timeoutMost} (limits.timeoutMost)`,
  );
}

/** Counts a connection that is open, until what it gives is called. */
export function counted({ counters }: Endpoint): () => void {
  counters.connections++;
  counters.connectionsNow++;
  return () => {
    counters.connectionsNow--;
  };
}

/** By what carries the calls of its proxies. */
const opened: WeakMap<Caller, OpenConnection> = new WeakMap();

/**
 * The connection that a proxy calls through: that of `connect()`, `connection.proxy()`, and of what `within()` and
 * `bind()` made of them. Null for what came by reference, which is the other side's.
 * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for a value that is no proxy
 */
export function connectionOf(proxy: object): OpenConnection | null {
  return opened.get(stateOf(proxy, "connectionOf").caller) ?? null;
}

export class Opened implements OpenConnection {
  readonly urls: readonly string[];
  /** Carries the calls of proxies: the line itself, or what stands in front of it. */
  readonly caller: Caller;
  readonly #line: Line;
  readonly #endpoint: Endpoint;

  constructor(urls: readonly string[], endpoint: Endpoint, line: Line) {
    this.urls = urls;
    this.#endpoint = endpoint;
    this.#line = line;
    this.caller = endpoint.around === null ? line : endpoint.around(line);
    opened.set(this.caller, this);
  }

  get state(): ConnectionState {
    return this.#line.state;
  }

  get links(): readonly LinkLook[] {
    return this.#line.links;
  }

  onState(told: (state: ConnectionState) => void): Disposable {
    return this.#line.onState(told);
  }

  ready(): Promise<void> {
    return this.#line.ready();
  }

  get url(): string {
    return this.urls[0] ?? "";
  }

  proxy<I extends Interface>(subject: I): ProxyOf<I> {
    return proxyOf(subject, this.caller, false);
  }

  ping(): Promise<void> {
    return this.#line.ping();
  }

  counters(): CounterValues {
    return snapshot(this.#endpoint.counters);
  }

  observe(observer: Observer): Disposable {
    return this.#endpoint.observe(observer);
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
