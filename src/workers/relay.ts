// Workers: bytes between a caller's connection and the thread that holds its session. A socket cannot be given to a
// thread on Node 20, so this thread passes its bytes on and knows nothing of what they mean.

import type { Connection, ConnectionEvents } from "../connection.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { outputOf, Pressure } from "../endpoint/pressure.ts";
import type { Wire } from "../session/contract.ts";

/** Unsent bytes at which the side they come from is paused. */
const pauseAboveBytes = 1024 * 1024;

/**
 * Joins two connections; `closed` is told when both are closed. Nothing is copied here: a port copies what it is given,
 * and what it gives is not used again.
 *
 * @param port the way to the thread
 */
export function relay(endpoint: Endpoint, wire: Wire, caller: Connection, port: Connection, closed: () => void): void {
  let open = 2;
  let handed = 0;
  const over = (): void => {
    if (--open === 0) closed();
  };
  const output = outputOf(caller, () => handed);
  const pressure = new Pressure(endpoint, output, () => caller.destroy());
  const events: ConnectionEvents = {
    received(bytes) {
      port.write(bytes);
      if (port.unsent >= pauseAboveBytes) caller.pause();
    },
    drained: () => port.resume(),
    ended: () => port.end(),
    closed() {
      pressure.close();
      port.destroy();
      over();
    },
  };
  caller.start(wire.joined(endpoint, caller, events));
  port.start({
    received(bytes) {
      handed += bytes.length;
      caller.write(bytes);
      if (caller.unsent >= pauseAboveBytes) port.pause();
    },
    drained: () => caller.resume(),
    ended: () => caller.end(),
    closed(error) {
      if (error !== null) caller.destroy();
      // The thread said all it had to say; its caller has until now not read it all, and no other code looks after
      // that.
      else pressure.check();
      over();
    },
  });
}
