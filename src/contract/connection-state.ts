// What a session says of itself when it is asked: plain data, made for the one who asks. It knows no wire.

import type { EventError } from "../observer.ts";

/**
 * The states of a connection. `connecting`: it is being made, or its greeting is not answered yet; calls can be made
 * already. `connected`: calls and answers go both ways. `lost`: there is none, and one will be made again. `draining`:
 * no new calls are taken, those that run may finish. `closed`: it is over.
 */
export type ConnectionState = "connecting" | "connected" | "lost" | "draining" | "closed";

/** A session, as it is at the moment of asking. */
export interface SessionLook {
  /** The connection's id; empty before the greeting came. */
  readonly id: string;
  /** Names the start of the server at the other end, 32 hexadecimal digits; empty where that is not known. */
  readonly instance: string;
  readonly state: ConnectionState;
  /** Who the other end was found to be; null where that was not asked, or is not known yet. */
  readonly identity: unknown;
  /** Calls that came and are not settled. */
  readonly upcalls: number;
  /** Calls that were made here and are not settled. */
  readonly calls: number;
  /** Streams that run, both ways. */
  readonly streams: number;
  /** Objects of this side that the other one holds. */
  readonly references: number;
  /** Objects of the other side that are held here. */
  readonly held: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** One connection to a server, as it is at the moment of asking. All but `close` is plain data. */
export interface ConnectionLook extends SessionLook {
  /** The other end's address, for people: `127.0.0.1:40112`. */
  readonly peer: string;
  /** Since when it is there, in milliseconds on the clock of events. */
  readonly since: number;
  /**
   * The worker that has its session, as in `worker thread 3`; null where that is in the server's own thread. What is
   * said of such a one is what the worker told last, at most a second ago where it is not too busy to tell.
   */
  readonly worker: string | null;
  /** Takes no new calls on it; running ones may finish, up to the drain limit. Fulfilled when it is gone. */
  close(): Promise<void>;
}

/** One address of a connection, as it is at the moment of asking: plain data. */
export interface LinkLook extends SessionLook {
  /** The address. */
  readonly url: string;
  /** The other end's address, for people; the URL where there is no connection to it. */
  readonly peer: string;
  /** Since when there is a connection, in milliseconds on the clock of events; 0 where there is none. */
  readonly since: number;
  /** Why there is none; null where there is one, and before the first try. */
  readonly error: EventError | null;
}

/** A connection and what becomes of it, whatever it is made of. */
export interface Standing {
  /** Of all links together: the best of theirs. */
  readonly state: ConnectionState;
  /** Each address. */
  readonly links: readonly LinkLook[];
  /**
   * Tells each change of `state`, until what this gives is disposed of.
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT)
   */
  onState(told: (state: ConnectionState) => void): Disposable;
  /** Fulfilled when a greeting was answered. @throws UpcallError when it will not be so */
  ready(): Promise<void>;
}

/** What a link has that has no session. */
export const nothingThere: Omit<SessionLook, "state"> = {
  id: "",
  instance: "",
  identity: null,
  upcalls: 0,
  calls: 0,
  streams: 0,
  references: 0,
  held: 0,
  bytesReceived: 0,
  bytesSent: 0,
};
