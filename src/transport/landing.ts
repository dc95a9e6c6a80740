// The transport: the memory into which sockets read. Node makes 64 KiB anew for every read of a socket unless it is
// told where to read to, and what is made anew for each read is what its system and its collector are busy with.

import { type Server, Socket } from "node:net";

/** For all sockets of the process: what is in it is lent to one session at a time, and only while it takes it. */
export const arrivals: Uint8Array = new Uint8Array(128 * 1024);

/** The receiver of what arrived. */
export interface Reader {
  /** So many bytes are in `arrivals`, until this returns. */
  arrived(length: number): void;
}

/** Where the bytes of one socket come down. */
export class Landing {
  reader: Reader | null = null;
  /** For `node:net`. */
  readonly onread: { buffer: Uint8Array; callback: (length: number) => boolean } = {
    buffer: arrivals,
    callback: (length) => {
      this.reader?.arrived(length);
      return true;
    },
  };
}

/** Told of a socket that is paused; without a landing it gives its bytes as `data`. */
export type Accepted = (socket: Socket, landing: Landing | null) => void;

/** What `node:net` keeps in a server that listens, as far as it is used here. */
interface Listener {
  onconnection?: (this: Listener, status: number, handle: { useUserBuffer?: unknown } | undefined) => void;
}

/**
 * From now on the server's sockets are made here, with a landing. `node:net` offers that for sockets that are opened
 * and not for those that are accepted, so this stands where it makes them itself, which is no documented place:
 * whatever looks different there than expected is left alone, and the server's sockets then come as its `connection`.
 */
export function landOn(server: Server, accepted: Accepted): void {
  const listener = (server as unknown as { _handle?: Listener | null })._handle;
  const usual = listener?.onconnection;
  if (listener === null || listener === undefined || typeof usual !== "function") return;
  listener.onconnection = function (status, handle) {
    if (status !== 0 || typeof handle?.useUserBuffer !== "function") return usual.call(this, status, handle);
    const landing = new Landing();
    const options = { handle, allowHalfOpen: true, pauseOnCreate: true, onread: landing.onread };
    const socket = new Socket(options);
    socket.setNoDelay(true);
    accepted(socket, landing);
  };
}
