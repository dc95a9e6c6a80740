// Composition: connections that arrive become sessions, as many as the limits allow.

import type { Connection } from "../connection.ts";
import type { Household } from "../session/platform.ts";

/** What a server keeps of each connection. */
export interface ServerSession {
  close(): Promise<void>;
}

/** Makes a session on a connection; `closed` is told when it is gone. */
export type MakeSession = (connection: Connection, closed: () => void) => ServerSession;

export class Accepting {
  readonly #home: Household;
  readonly #make: MakeSession;
  readonly #told: ((peer: string) => void) | null;
  readonly #sessions: Set<ServerSession> = new Set();
  readonly #perAddress: Map<string, number> = new Map();
  #closing = false;

  constructor(home: Household, make: MakeSession, told: ((peer: string) => void) | null) {
    this.#home = home;
    this.#make = make;
    this.#told = told;
  }

  /** Takes a connection, or ends it where it is one too many. */
  take(connection: Connection, address: string): void {
    const { limits, counters } = this.#home;
    const ofAddress = this.#perAddress.get(address) ?? 0;
    // Unix and memory connections have no address that tells strangers apart.
    const limited = address !== "unix" && address !== "memory";
    if (
      this.#closing ||
      this.#sessions.size >= limits.connections ||
      (limited && ofAddress >= limits.connectionsPerAddress)
    ) {
      counters.connectionsRefused++;
      // An end and not a reset, which would meet some callers while they still connect.
      connection.end();
      connection.destroy();
      return;
    }
    this.#perAddress.set(address, ofAddress + 1);
    counters.connections++;
    counters.connectionsNow++;
    let gone = false;
    let session: ServerSession | null = null;
    const closed = (): void => {
      gone = true;
      counters.connectionsNow--;
      if (session !== null) this.#sessions.delete(session);
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    };
    this.#told?.(connection.peer);
    session = this.#make(connection, closed);
    if (!gone) this.#sessions.add(session);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }
}
