// What a session says of itself when it is asked: plain data, made for the one who asks. It knows no wire.

/**
 * The states of a connection. `connecting`: it is being made, or its greeting is not answered yet; calls can be made already.
 * `connected`: calls and answers go both ways. `lost`: there is none, and one will be made again. `draining`: no new calls are
 * taken, those that run may finish. `closed`: it is over.
 */
export type ConnectionState = "connecting" | "connected" | "lost" | "draining" | "closed";

/** A session, as it is at the moment of asking. */
export interface SessionLook {
  /** The connection's id; empty before the greeting came. */
  readonly id: string;
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
