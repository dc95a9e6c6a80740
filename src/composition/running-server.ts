// Composition, the callee's side: a running server, as the user holds it, whatever it is made of.

import { endFor } from "../call/current-call.ts";
import type { Connection } from "../connection.ts";
import type { ConnectionLook } from "../contract/connection-state.ts";
import { type CounterValues, snapshot } from "../counters.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { Observer } from "../observer.ts";
import type { Listener } from "../transport/medium.ts";

/** A running server: what `serve` gives. */
export interface Server {
  /** The first URL, with its real port; empty where there is none. */
  readonly url: string;
  /** All URLs, in the order they were given, each with its real port. */
  readonly urls: readonly string[];
  counters(): CounterValues;
  /**
   * The connections that are there now, made anew for each who asks: plain data, and `close()` to end one of them, as in
   * `for (const one of server.connections()) if (one.identity === "anna") void one.close()`. Reading changes nothing. Datagrams have no
   * connections.
   */
  connections(): readonly ConnectionLook[];
  /**
   * Adds an observer, which is told from the next event on, until what this gives is disposed of. One that is added twice is
   * told twice.
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for a value that is no function
   */
  observe(observer: Observer): Disposable;
  /**
   * Takes a connection that the program has opened or accepted itself, as if it had come by one of the URLs. From now on nothing
   * else may touch it. What comes of it is what comes of any other: limits and `onConnection` hold for it as well, and after
   * `close()` it is refused as any other is: its caller is told.
   *
   * @throws UpcallError at once: INVALID_ARGUMENT (BAD_ARGUMENT) for what lacks something that a connection has, or was given before;
   * UNIMPLEMENTED (NOT_SUPPORTED) where it cannot go to a worker process of its own.
   */
  accept(connection: Connection): void;
  /**
   * Takes no new connections and calls; running calls may finish, up to the drain limit, then are cancelled. May be called twice.
   *
   * Danger: a method that awaits it waits for itself, for all of the drain limit, unless it calls it before its first `await`, or
   * its server is `ambient`: then this is fulfilled when all other calls are over, and the method's own may still finish.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Closes {
  close(): Promise<void>;
}

export class RunningServer implements Server {
  readonly #endpoint: Endpoint;
  readonly #listenings: readonly Listener[];
  readonly #parts: readonly Closes[];
  readonly #connections: () => readonly ConnectionLook[];
  #closing: Promise<void> | null = null;
  readonly #accept: (connection: Connection) => void;
  /** Nothing listens any more. */
  #deaf: Promise<unknown> = Promise.resolve();

  /**
   * @param accepting what takes the connections; closed when nothing listens any more
   * @param making    closed behind it
   * @param accept    takes a connection of the program's own
   */
  constructor(
    endpoint: Endpoint,
    listenings: readonly Listener[],
    accepting: Closes & { connections(): readonly ConnectionLook[] },
    making: Closes,
    accept: (connection: Connection) => void,
  ) {
    this.#connections = () => accepting.connections();
    this.#endpoint = endpoint;
    this.#listenings = listenings;
    this.#parts = [accepting, making];
    this.#accept = accept;
  }

  get urls(): readonly string[] {
    return this.#listenings.map(({ url }) => url);
  }

  get url(): string {
    return this.urls[0] ?? "";
  }

  connections(): readonly ConnectionLook[] {
    return this.#connections();
  }

  counters(): CounterValues {
    return snapshot(this.#endpoint.counters);
  }

  observe(observer: Observer): Disposable {
    return this.#endpoint.observe(observer);
  }

  accept(connection: Connection): void {
    this.#accept(connection);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return endFor(this.#endpoint, this.#closing, this.#deaf);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#deaf = Promise.all(this.#listenings.map((listening) => listening.close()));
    await this.#deaf;
    for (const part of this.#parts) await part.close();
    this.#endpoint.platform.lines.rest();
  }
}
