// Ground: the contract between a session and a transport, which do not know each other. A connection moves bytes in
// order; what they mean is the wire's business. A program may bring connections of its own: docs/media.md.

import type { Peer } from "./peer.ts";

/** What a connection is like, beyond moving bytes. Each has a default. */
export interface ConnectionTraits {
  /** Whether `end` leaves the other direction open. Default true. */
  readonly halfClose: boolean;
  /** Whether `attachments` may go with a message: buffers and ports that change hands. No wire sends any yet. Default false. */
  readonly transferable: boolean;
  /** Whether what `write` is given is never used again by its giver, so that a medium may keep it or send it away. Default false. */
  readonly takesOwnership: boolean;
  /**
   * After so many frames at least a long turn's beginning is worth a write of its own, because the other end can work on it
   * before this end's turn of the event loop is over; 0 where it cannot. Default 8.
   */
  readonly burst: number;
}

/** What may go with the bytes of one message, on connections whose medium keeps messages apart. No wire says any of it yet. */
export interface MessageExtra {
  /** The bytes are UTF-8, and a medium that tells text from bytes sends or received them as text. Default false. */
  readonly text?: boolean | undefined;
  /** What changes hands with the message, where the connection is `transferable`. */
  readonly attachments?: readonly unknown[] | undefined;
}

/** One open connection, as a medium gives it. */
export interface Connection {
  /** Who is at the other end. Its `toString` may be left to us: then its text is its address, or the medium's name. */
  readonly peer: Peer;
  /** Left out: all defaults. */
  readonly traits?: Partial<ConnectionTraits> | undefined;
  /** Bytes handed over that the kernel, or the other end, has not taken yet. */
  readonly unsent: number;
  /** Whether bytes came that are not delivered yet, since others have their turn first. Left out where it never is so. */
  readonly behind?: boolean | undefined;
  /** Begins to deliver events, not before it has returned. Called once; nothing is delivered before. */
  start(events: ConnectionEvents): void;
  /**
   * Hands bytes over, in order. True: they were taken, and the memory may be used again at once. False: they are still
   * being sent, and the memory must stay as it is until `drained`, which follows when everything was taken.
   * After a failure it takes bytes in silence: `closed` tells of the failure.
   */
  write(bytes: Uint8Array, extra?: MessageExtra): boolean;
  /**
   * The same for memory that the connection owns from then on, where it hands memory itself to the other end: the bytes begin the
   * memory, and `ownedTail` more stand behind them, free for the connection. Left out where bytes are copied anyway, and
   * never called on connections of the program's own.
   */
  writeOwned?(bytes: Uint8Array): void;
  /** Stops and goes on with delivering `received`. */
  pause(): void;
  resume(): void;
  /** No more will be written: what was is sent, then the other side is told. Reading goes on. */
  end(): void;
  /**
   * Ends both directions at once; `closed` follows. Unless everything was sent and ended before, the other side is told
   * that it was cut off, where the medium has a way to say so (Unix sockets have none).
   */
  destroy(): void;
  /**
   * Stops, for good, and gives what goes on with it in another process. Left out where a connection cannot leave its thread:
   * then each connection can have a thread of its own, and no process.
   */
  handOver?(): HandedOver;
}

/** Bytes behind what is given to {@link Connection.writeOwned}. */
export const ownedTail = 4;

/** A connection on its way to another process. */
export interface HandedOver {
  /** The platform's own socket. */
  readonly socket: object;
  /** What came and was not delivered. */
  readonly before: Uint8Array;
}

/** What a connection tells the session on it, never from within a call of `write` or `start`. After `closed` nothing more. */
export interface ConnectionEvents {
  /** Bytes came. They are valid only during this call: the transport may use the memory again. */
  received(bytes: Uint8Array, extra?: MessageExtra): void;
  /** Everything handed over was taken. */
  drained(): void;
  /** The other side will send no more. */
  ended(): void;
  /**
   * It is over; `error` is null after an orderly end of both directions. One of a program's own connection may be any error: it is
   * told as UNAVAILABLE (CONNECTION_LOST).
   */
  closed(error: Error | null): void;
}
