// The transport: waits until a socket is connected, for a time, or until the attempt is given up. Shared by the media
// whose sockets are `net.Socket`s; it knows nothing of what will be said.

import type { NetConnectOpts } from "node:net";
import { listen, unlisten } from "../aborts.ts";
import { systemClock } from "../clock.ts";
import { notExecuted } from "../errors.ts";
import type { Peer } from "../peer.ts";
import { fromSystem } from "../socket/system-error.ts";
import type { ConnectTerms } from "./medium.ts";
import { StreamConnection } from "./stream.ts";

/**
 * Opens a connection; whatever goes wrong before it is connected leaves nothing behind.
 * @param explain what the system's error means, where the medium knows more of it
 * @throws UpcallError, `not-executed`: those of the system, UNAVAILABLE (TIMEOUT), CANCELLED (ABORTED).
 */
export function openStream(
  where: NetConnectOpts,
  peer: Peer,
  { signal, timeout, after = (ms, fn) => systemClock.after(ms, fn) }: ConnectTerms,
  explain: (error: Error) => Error = (error) => fromSystem(error, `connecting to ${peer}`),
): Promise<StreamConnection> {
  const what = peer.toString();
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(what, signal));
    const connection = StreamConnection.to(where, peer);
    const { socket } = connection;
    const settle = (error: Error | null): void => {
      timer.cancel();
      if (aborted !== null) unlisten(signal, aborted);
      socket.removeListener("error", failed);
      socket.removeListener("connect", connected);
      if (error === null) return resolve(connection);
      socket.destroy();
      reject(error);
    };
    const connected = (): void => settle(null);
    const failed = (error: Error): void => settle(explain(error));
    const aborted = signal === undefined ? null : (): void => settle(cancelled(what, signal));
    const timer = after(timeout, () => settle(late(what, timeout)));
    if (aborted !== null) listen(signal, aborted);
    socket.on("error", failed);
    socket.on("connect", connected);
  });
}

function cancelled(what: string, signal: AbortSignal): Error {
  return notExecuted("CANCELLED", "ABORTED", `connecting to ${what} was cancelled by its signal`, signal.reason);
}

function late(what: string, timeout: number): Error {
  return notExecuted(
    "UNAVAILABLE",
    "TIMEOUT",
    `${what} did not answer within ${timeout} ms: is the address right, and does a firewall let it through?`,
  );
}
