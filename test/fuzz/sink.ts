// A connection whose other end is nobody: what is written to it is counted and gone.

import type { Connection, ConnectionEvents } from "#internal/connection.js";
import { localPeer, type Peer } from "#internal/peer.js";

export class Sink implements Connection {
  readonly burst: number = 0;
  readonly peer: Peer = localPeer("nobody");
  readonly unsent: number = 0;
  events: ConnectionEvents | null = null;
  written = 0;
  /** It was ended or destroyed by this end. */
  over = false;

  start(events: ConnectionEvents): void {
    this.events = events;
  }

  write(bytes: Uint8Array): boolean {
    this.written += bytes.length;
    return true;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.over = true;
  }

  destroy(): void {
    this.over = true;
  }

  /** The connection is gone. */
  close(): void {
    this.events?.closed(null);
    this.events = null;
  }
}
