// Workers: bytes between a caller's connection and the thread that holds its session. A socket cannot be given to a
// thread on Node 20, so this thread passes its bytes on and knows nothing of what they mean.

import type { Connection, ConnectionEvents } from "../connection.ts";

/** Unsent bytes at which the side they come from is paused. */
const most = 1024 * 1024;

/** Joins two connections until both are closed; `closed` is told then. */
export function relay(one: Connection, other: Connection, closed: () => void): void {
  let open = 2;
  const over = (): void => {
    if (--open === 0) closed();
  };
  one.start(towards(one, other, over));
  other.start(towards(other, one, over));
}

function towards(from: Connection, to: Connection, over: () => void): ConnectionEvents {
  return {
    received(bytes) {
      // A copy: `to` may keep what it is given, and these bytes are only lent.
      to.write(bytes.slice());
      if (to.unsent >= most) from.pause();
    },
    // `from` took everything, so the other side may go on.
    drained: () => to.resume(),
    ended: () => to.end(),
    closed() {
      to.destroy();
      over();
    },
  };
}
