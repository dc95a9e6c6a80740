// Workers: the link between an owner and a worker of its pool is a session like any other, but its ends trust each
// other: the limits were applied to the caller's session, and must not be met a second time.

import type { Connection, ConnectionEvents } from "../connection.ts";
import type { Limits } from "../limits.ts";
import { envelope } from "../limits.ts";

const plenty = 2 ** 40;

export function linkLimits(limits: Limits): Limits {
  return {
    ...limits,
    message: limits.message + envelope,
    running: plenty,
    runningServer: plenty,
    waiting: plenty,
    waitingBytes: plenty,
    partialBytes: plenty,
    earlyCalls: plenty,
    earlyBytes: plenty,
    unsentPause: plenty,
    unsentClose: plenty,
    unsentTime: limits.timeoutMost,
    greetingTime: limits.timeoutMost,
    cancels: plenty,
    cancelsPerSecond: plenty,
  };
}

/**
 * The owner's end of the link. That its bytes ended says less than how the worker ended, and comes a moment before it:
 * the session hears of the end from the worker's own, unless it is the one who is closing.
 */
export class LinkConnection implements Connection {
  readonly #inner: Connection;
  closing = false;

  constructor(inner: Connection) {
    this.#inner = inner;
  }

  get peer(): string {
    return this.#inner.peer;
  }

  get unsent(): number {
    return this.#inner.unsent;
  }

  start(events: ConnectionEvents): void {
    this.#inner.start({
      received: (bytes) => events.received(bytes),
      drained: () => events.drained(),
      ended: () => (this.closing ? events.ended() : undefined),
      closed: (error) => (this.closing ? events.closed(error) : undefined),
    });
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
