// The transport: a MessagePort as a connection, between threads of one process. How much the other end has taken is
// written in shared memory, so that flow control costs no messages; only an end that waits to go on is sent one.
//
//   shared memory, 4 numbers:   bytes taken by end 0 | by end 1 | end 0 waits | end 1 waits

import type { MessagePort } from "node:worker_threads";
import type { Connection, ConnectionEvents } from "../connection.ts";
import { UpcallError } from "../errors.ts";

/** What one end is made of; it can be sent to a thread, with the port in the transfer list. */
export interface PortEnd {
  readonly port: MessagePort;
  readonly shared: SharedArrayBuffer;
  readonly end: 0 | 1;
}

export function portEnds(one: MessagePort, other: MessagePort): [PortEnd, PortEnd] {
  const shared = new SharedArrayBuffer(16);
  return [
    { port: one, shared, end: 0 },
    { port: other, shared, end: 1 },
  ];
}

/** An end with less than this unsent does not wait for anything. No larger than the smallest piece of a message. */
const worthWaiting = 16 * 1024;

type Message = ArrayBuffer | "end" | "taken";

export class PortConnection implements Connection {
  readonly peer: string;
  readonly #port: MessagePort;
  readonly #numbers: Int32Array;
  readonly #here: 0 | 1;
  readonly #there: 0 | 1;
  #events: ConnectionEvents | null = null;
  #sent = 0;
  #arrived: (ArrayBuffer | "end")[] = [];
  #paused = false;
  #ended = false;
  #otherEnded = false;
  /** The port is closed, whoever did it. */
  #gone = false;
  #over = false;

  constructor({ port, shared, end }: PortEnd, peer: string) {
    this.peer = peer;
    this.#port = port;
    this.#numbers = new Int32Array(shared);
    this.#here = end;
    this.#there = end === 0 ? 1 : 0;
  }

  get unsent(): number {
    return (this.#sent - Atomics.load(this.#numbers, this.#there)) | 0;
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    this.#port.on("message", (message: Message) => this.#message(message));
    this.#port.on("close", () => this.#portClosed());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.#over || bytes.length === 0) return true;
    const copy = new Uint8Array(bytes).buffer;
    this.#sent = (this.#sent + bytes.length) | 0;
    // Said before the bytes are sent: the other end looks at it after it has taken them.
    if (this.unsent >= worthWaiting) Atomics.store(this.#numbers, 2 + this.#here, 1);
    this.#port.postMessage(copy, [copy]);
    return true;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#arrived.length > 0) queueMicrotask(() => this.#deliver());
  }

  end(): void {
    if (this.#ended || this.#over) return;
    this.#ended = true;
    this.#port.postMessage("end");
    this.#closeWhenBothEnded();
  }

  destroy(): void {
    this.#port.close();
  }

  #message(message: Message): void {
    if (message === "taken") {
      // It may be of an earlier message than the one that made us wait: then we go on waiting, and must say so again.
      if (this.unsent >= worthWaiting) Atomics.store(this.#numbers, 2 + this.#here, 1);
      if (!this.#over) this.#events?.drained();
      return;
    }
    this.#arrived.push(message);
    this.#deliver();
  }

  #deliver(): void {
    while (this.#arrived.length > 0 && !this.#paused && !this.#over) {
      const next = this.#arrived.shift();
      if (next === undefined) return;
      if (next === "end") {
        this.#otherEnded = true;
        this.#events?.ended();
        this.#closeWhenBothEnded();
      } else {
        Atomics.add(this.#numbers, this.#here, next.byteLength);
        this.#events?.received(new Uint8Array(next));
        if (Atomics.exchange(this.#numbers, 2 + this.#there, 0) === 1) this.#port.postMessage("taken");
      }
    }
  }

  #closeWhenBothEnded(): void {
    if (!this.#ended || !this.#otherEnded) return;
    if (this.#gone) this.#closed(false);
    else this.#port.close();
  }

  #portClosed(): void {
    this.#gone = true;
    // A paused end still gets what was sent to it before the other one closed in order.
    if (this.#ended && this.#arrived.at(-1) === "end") return;
    this.#closed(!(this.#ended && this.#otherEnded));
  }

  #closed(broken: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#arrived = [];
    this.#events?.closed(
      broken
        ? new UpcallError("UNAVAILABLE", `${this.peer} is gone`, { reason: "CONNECTION_LOST", outcome: "unknown" })
        : null,
    );
  }
}
