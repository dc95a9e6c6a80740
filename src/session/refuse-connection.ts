// The session: a connection that gets none. It is told why where its wire has words for that, and what it sends is not
// read.

import type { Connection } from "../connection.ts";
import type { Endpoint } from "../endpoint/platform.ts";

/** Milliseconds that the other side has to read why it may not come in. */
export const maxGoodbyeMs = 1_000;

/** Hands over why it is refused, in the words of its wire: all that is said on it. */
export function sayWhy({ counters }: Endpoint, connection: Connection, said: Uint8Array): void {
  counters.framesSent++;
  counters.writes++;
  counters.bytesSent += said.length;
  connection.write(said);
}

/**
 * Says why, and ends the connection.
 *
 * @param said    in the words of its wire
 * @param patient whether there is time to read it; else the connection is cut at once, and the end may overtake it
 * @param over    told when the connection is gone
 */
export function refuseConnection(
  endpoint: Endpoint,
  connection: Connection,
  said: Uint8Array,
  patient: boolean,
  over: () => void,
): void {
  const timer = endpoint.platform.clock.after(maxGoodbyeMs, () => connection.destroy());
  timer.keepAlive(patient);
  connection.start({
    received: () => {},
    drained: () => {},
    ended: () => connection.end(),
    closed: () => {
      timer.cancel();
      over();
    },
  });
  sayWhy(endpoint, connection, said);
  connection.end();
  if (!patient) connection.destroy();
}
