// The transport: a socket of the platform as a connection. Shared by every medium whose sockets are `net.Socket`s: TCP,
// Unix sockets, and the pipe between a process and its child.

import type { Socket } from "node:net";
import type { Connection, ConnectionEvents } from "../connection.ts";
import type { UpcallError } from "../errors.ts";
import { fromSystem } from "../socket/system-error.ts";

const nothing = new Uint8Array(0);

export class StreamConnection implements Connection {
  readonly concurrent: boolean = true;
  readonly peer: string;
  /** For handing the socket itself to a child process; nothing else may touch it. */
  readonly socket: Socket;
  #events: ConnectionEvents | null = null;
  #error: UpcallError | null = null;
  #awaitsDrain = false;
  #ended = false;

  /** @param socket one that allows half-open use, is paused, and had no data listener yet */
  constructor(socket: Socket, peer: string) {
    this.socket = socket;
    this.peer = peer;
    // Without a listener a reset would end the process.
    socket.on("error", (error) => {
      this.#error = fromSystem(error, peer);
    });
  }

  get unsent(): number {
    return this.socket.destroyed ? 0 : this.socket.writableLength;
  }

  start(events: ConnectionEvents): void {
    const { socket } = this;
    this.#events = events;
    if (socket.destroyed) {
      queueMicrotask(() => events.closed(this.#error));
      return;
    }
    // A plain view: whoever keeps bytes copies them with slice(), and a Buffer's slice() would be no copy.
    socket.on("data", ({ buffer, byteOffset, length }: Buffer) =>
      events.received(new Uint8Array(buffer, byteOffset, length)),
    );
    socket.on("end", () => events.ended());
    socket.on("drain", () => this.#drained());
    socket.on("close", () => events.closed(this.#error));
    socket.resume();
  }

  write(bytes: Uint8Array): boolean {
    const { socket } = this;
    if (socket.destroyed || !socket.writable) return true;
    socket.write(bytes);
    if (socket.writableLength === 0) return true;
    // Node says "drain" only after a write over its high-water mark; an empty write tells us of smaller ones.
    if (!socket.writableNeedDrain && !this.#awaitsDrain) {
      this.#awaitsDrain = true;
      socket.write(nothing, () => this.#drained());
    }
    return false;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.#ended = true;
    if (!this.socket.destroyed) this.socket.end();
  }

  /** By a reset where there is one: what was cut off would else look like all there is. */
  destroy(): void {
    const { socket } = this;
    const whole = this.#ended && socket.writableLength === 0;
    if (whole || socket.destroyed || socket.remotePort === undefined) socket.destroy();
    else socket.resetAndDestroy();
  }

  #drained(): void {
    this.#awaitsDrain = false;
    if (!this.socket.destroyed) this.#events?.drained();
  }
}
