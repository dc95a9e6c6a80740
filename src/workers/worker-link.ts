// Workers: the link between an owner and a worker of its pool is a session like any other, but its ends trust each
// other: the limits were applied to the caller's session, and must not be met a second time.

import { longestMetadata } from "../call/metadata.ts";
import type { Connection, ConnectionEvents } from "../connection.ts";
import type { UpcallError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Peer } from "../peer.ts";
import { longestPoolHeader } from "./pool-header.ts";

const unlimited = 2 ** 40;

export function linkLimits(limits: Limits): Limits {
  return {
    ...limits,
    message: limits.message + longestPoolHeader + longestMetadata,
    running: unlimited,
    runningServer: unlimited,
    waiting: unlimited,
    waitingBytes: unlimited,
    partialBytes: unlimited,
    memory: unlimited,
    earlyCalls: unlimited,
    earlyBytes: unlimited,
    unsentPause: unlimited,
    unsentClose: unlimited,
    unsentTime: limits.timeoutMost,
    greetingTime: limits.timeoutMost,
    references: unlimited,
    // A worker in a loop gives no sign of life, and is looked after by its owner.
    keepalive: 0,
    lease: limits.timeoutMost,
    pipelined: unlimited,
    cancels: unlimited,
    cancelsPerSecond: unlimited,
    streams: unlimited,
    streamsWindow: unlimited,
  };
}

/**
 * The owner's end of the link. That its bytes ended says less than how the worker ended: the session hears of the end
 * from the worker's own, once all that came before it was read, unless it is the one who is closing.
 */
export class LinkConnection implements Connection {
  /** The session is closing. */
  closing = false;
  writeOwned?: (bytes: Uint8Array) => void;
  readonly #inner: Connection;
  #events: ConnectionEvents | null = null;
  #closed = false;
  #lost: UpcallError | null = null;

  constructor(inner: Connection) {
    this.#inner = inner;
    if (inner.writeOwned !== undefined) this.writeOwned = (bytes) => inner.writeOwned?.(bytes);
  }

  get peer(): Peer {
    return this.#inner.peer;
  }

  get unsent(): number {
    return this.#inner.unsent;
  }

  get traits(): Connection["traits"] {
    return this.#inner.traits;
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    this.#inner.start({
      received: (bytes) => events.received(bytes),
      drained: () => events.drained(),
      ended: () => (this.closing ? events.ended() : undefined),
      closed: (error) => {
        this.#closed = true;
        if (this.closing) events.closed(error);
        else if (this.#lost !== null) events.closed(this.#lost);
      },
    });
  }

  /** The worker is gone. */
  lost(error: UpcallError): void {
    this.#lost = error;
    if (this.#closed) this.#events?.closed(error);
  }

  write(bytes: Uint8Array): boolean {
    return this.#inner.write(bytes);
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }
}
