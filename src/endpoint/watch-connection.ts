// For all sessions: how an observer is told of a connection's states. Its callers check first whether there is an
// observer.

import { type ConnectionEvent, type EventError, eventError } from "../observer.ts";
import type { Endpoint } from "./platform.ts";

/** The endpoint of the connection. */
interface Watched {
  readonly side: "caller" | "callee";
  readonly connection: string;
  readonly peer: string;
  readonly identity: unknown;
}

export function watchConnection(
  endpoint: Endpoint,
  event: ConnectionEvent["event"],
  { side, connection, peer, identity }: Watched,
  error: EventError | null,
): void {
  const time = endpoint.platform.clock.now();
  endpoint.observer?.({ event, side, connection, peer, identity, error: eventError(error), time, worker: null });
}
