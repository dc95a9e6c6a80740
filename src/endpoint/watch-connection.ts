// For all sessions: how an observer is told of a connection's states. Its callers check first whether there is an
// observer.

import { type ConnectionEvent, type EventError, eventError } from "../observer.ts";
import type { Household } from "./platform.ts";

/** The endpoint of the connection. */
interface Watched {
  readonly side: "caller" | "callee";
  readonly connection: string;
  readonly peer: string;
  readonly identity: unknown;
}

export function watchConnection(
  home: Household,
  event: ConnectionEvent["event"],
  { side, connection, peer, identity }: Watched,
  error: EventError | null,
): void {
  const time = home.platform.clock.now();
  home.observer?.({ event, side, connection, peer, identity, error: eventError(error), time, worker: null });
}
