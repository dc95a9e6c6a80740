// Workers: bytes between a caller's connection and the thread that holds its session. A socket cannot be given to a
// thread on Node 20, so this thread passes its bytes on and knows nothing of what they mean.

import type { Connection, ConnectionEvents } from "../connection.ts";

/** Unsent bytes at which the side they come from is paused. */
const most = 1024 * 1024;

export interface RelayEvents {
  /** It has bytes to send yet, and the one they came from has ended in order and is gone. */
  lingers(connection: Connection): void;
  /** Both are closed. */
  closed(): void;
}

/** Joins two connections until both are closed. */
export function relay(one: Connection, other: Connection, events: RelayEvents): void {
  let open = 2;
  let ended = 0;
  const towards = (from: Connection, to: Connection): ConnectionEvents => ({
    received(bytes) {
      // A copy: `to` may keep what it is given, and these bytes are only lent.
      to.write(bytes.slice());
      if (to.unsent >= most) from.pause();
    },
    // `from` took everything, so the other side may go on.
    drained: () => to.resume(),
    ended() {
      ended++;
      to.end();
    },
    closed(error) {
      // After both have ended what is left of `to` closes by itself, once its bytes are out: cut off they would be lost.
      if (error !== null || ended < 2) to.destroy();
      else events.lingers(to);
      if (--open === 0) events.closed();
    },
  });
  one.start(towards(one, other));
  other.start(towards(other, one));
}
