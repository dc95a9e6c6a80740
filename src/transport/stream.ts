// The transport: a socket of the platform as a connection. Shared by every medium whose sockets are `net.Socket`s: TCP,
// Unix sockets, and the pipe between a process and its child.

import { connect, type NetConnectOpts, type Socket } from "node:net";
import { systemClock } from "../clock.ts";
import type { Connection, ConnectionEvents, ConnectionTraits, HandedOver } from "../connection.ts";
import type { UpcallError } from "../errors.ts";
import type { Peer } from "../peer.ts";
import { fromSystem } from "../socket/system-error.ts";
import { keepMemory } from "./kept-memory.ts";
import { arrivals, Landing, type Reader } from "./landing.ts";
import { Turn } from "./turn.ts";

/** The system works on what was written while this end goes on. */
export const socketTraits = { burst: 8 } as const;

const nothing = new Uint8Array(0);
/** Bytes that come at once where messages are long, or very many. */
const manyBytesAtOnce = 64 * 1024;

/** One for all sockets of the process: they share its event loop. */
const turn = new Turn(systemClock);

export class StreamConnection implements Connection, Reader {
  readonly traits: Partial<ConnectionTraits> = socketTraits;
  readonly peer: Peer;
  /** For handing the socket itself to a child process; nothing else may touch it. */
  readonly socket: Socket;
  #events: ConnectionEvents | null = null;
  #error: UpcallError | null = null;
  #awaitsDrain = false;
  #ended = false;
  #otherEnded = false;
  /** Its user wants nothing for now. */
  #paused = false;
  /** What came and waits for a later turn; nothing else comes meanwhile. */
  #backoff: Uint8Array | null = null;
  #waits = false;
  /** The other side's end, and the connection's, came behind it and are told behind it. */
  #endBehind = false;
  #closeBehind = false;

  /** A connection on a socket that begins to connect, paused. */
  static to(where: NetConnectOpts, peer: Peer): StreamConnection {
    const landing = new Landing();
    const socket = connect({ ...where, allowHalfOpen: true, onread: landing.onread });
    socket.pause();
    return new StreamConnection(socket, peer, landing);
  }

  /**
   * @param socket one that allows half-open use, is paused, and had no data listener yet
   * @param landing where its bytes come down; without one they come as its `data`
   * @param before what was read of it elsewhere, and goes before all else
   */
  constructor(socket: Socket, peer: Peer, landing: Landing | null = null, before: Uint8Array = nothing) {
    this.socket = socket;
    this.peer = peer;
    if (before.length > 0) this.#backoff = before;
    if (landing !== null) landing.reader = this;
    // Without a listener a reset would end the process.
    socket.on("error", (error) => {
      this.#error = fromSystem(error, peer.toString());
    });
  }

  get unsent(): number {
    return this.socket.destroyed ? 0 : this.socket.writableLength;
  }

  get behind(): boolean {
    return this.#backoff !== null;
  }

  start(events: ConnectionEvents): void {
    const { socket } = this;
    this.#events = events;
    if (socket.destroyed) {
      queueMicrotask(() => this.#closed());
      return;
    }
    this.#listen();
    if (this.#backoff === null) socket.resume();
    else this.#wait();
  }

  handOver(): HandedOver {
    const { socket } = this;
    this.pause();
    this.#events = null;
    const rest = this.#backoff ?? nothing;
    this.#backoff = null;
    // Without a landing a socket that is paused reads on, into a buffer of its own.
    const read = socket.readableLength > 0 ? (socket.read() as Uint8Array | null) : null;
    (socket as unknown as { readonly _handle?: { readStop?(): void } | null })._handle?.readStop?.();
    return { socket, before: read === null ? rest : new Uint8Array(Buffer.concat([rest, read])) };
  }

  write(bytes: Uint8Array): boolean {
    const { socket } = this;
    if (socket.destroyed || !socket.writable) return true;
    socket.write(bytes);
    if (socket.writableLength === 0) return true;
    if (!this.#awaitsDrain) this.#awaitDrain();
    return false;
  }

  pause(): void {
    this.#paused = true;
    this.socket.pause();
  }

  resume(): void {
    if (this.#paused && this.#backoff !== null && !this.#waits) this.#wait();
    this.#paused = false;
    if (this.#backoff === null) this.socket.resume();
  }

  end(): void {
    const { socket } = this;
    this.#ended = true;
    if (socket.destroyed) return;
    // After the other side's end, closing says ours as well: one step less for both.
    if (this.#otherEnded && socket.writableLength === 0) socket.destroy();
    else socket.end();
  }

  /** By a reset where there is one: what was cut off would else look like all there is. */
  destroy(): void {
    const { socket } = this;
    this.#backoff = null;
    const whole = this.#ended && socket.writableLength === 0;
    if (whole || socket.destroyed || socket.remotePort === undefined) socket.destroy();
    else socket.resetAndDestroy();
  }

  /** There is room for what waited, or for some of it. */
  goOn(): void {
    const rest = this.#backoff;
    this.#waits = false;
    if (rest === null || this.#paused) return;
    this.#backoff = null;
    this.#take(rest, false);
    if (this.#backoff !== null) return;
    if (this.#endBehind) this.#otherEnd();
    if (this.#closeBehind) this.#closed();
    else if (!this.#paused) this.socket.resume();
  }

  /** What came is in `arrivals`. */
  arrived(length: number): void {
    this.#take(arrivals.subarray(0, length), true);
  }

  /** @param lent whether others will use the memory again */
  #take(bytes: Uint8Array, lent: boolean): void {
    if (bytes.length >= manyBytesAtOnce) keepMemory();
    for (let at = 0; at < bytes.length; ) {
      const { slice } = turn;
      const some = at === 0 && bytes.length <= slice ? bytes : bytes.subarray(at, at + slice);
      if (!turn.room(some.length)) {
        this.#backoff = lent ? bytes.slice(at) : bytes.subarray(at);
        this.socket.pause();
        return this.#wait();
      }
      at += some.length;
      this.#events?.received(some);
    }
  }

  #wait(): void {
    this.#waits = true;
    turn.wait(this);
  }

  /** The listeners see nothing but `this`: a socket that is closed lives on for a while, with all that they see. */
  #listen(): void {
    const { socket } = this;
    // A plain view: a receiver that keeps bytes copies them with slice(), and a Buffer's slice() would be no copy.
    socket.on("data", ({ buffer, byteOffset, length }: Buffer) =>
      this.#take(new Uint8Array(buffer, byteOffset, length), false),
    );
    // A socket that is paused still tells of its end, and may be closed by it.
    socket.on("end", () => {
      if (this.#backoff === null) this.#otherEnd();
      else this.#endBehind = true;
    });
    socket.on("close", () => {
      if (this.#backoff === null || this.#paused) this.#closed();
      else this.#closeBehind = true;
    });
  }

  /** Node says "drain" only after a write over its high-water mark; an empty write tells us of smaller ones. */
  #awaitDrain(): void {
    const { socket } = this;
    this.#awaitsDrain = true;
    if (socket.writableNeedDrain) socket.once("drain", () => this.#drained());
    else socket.write(nothing, () => this.#drained());
  }

  #otherEnd(): void {
    this.#endBehind = false;
    this.#otherEnded = true;
    this.#events?.ended();
  }

  #drained(): void {
    const { socket } = this;
    this.#awaitsDrain = false;
    if (socket.destroyed) return;
    this.#events?.drained();
    // More was written behind the empty write.
    if (socket.writableLength > 0 && !this.#awaitsDrain) this.#awaitDrain();
  }

  #closed(): void {
    const events = this.#events;
    this.#events = null;
    this.#backoff = null;
    events?.closed(this.#error);
  }
}
