// What all sessions of one server or client share: how an observer is told what became of a connection. Callers look first
// whether there is one.

import { type ConnectionEvent, type EventError, eventError } from "../observer.ts";
import type { Household } from "./platform.ts";

/** Whose connection it is. */
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
