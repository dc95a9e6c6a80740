// The transport: a MessagePort as a connection, between threads of one process. How much each end has sent and taken is
// written in shared memory, so that flow control costs no messages; only an end that waits to go on is sent one.
//
//   shared memory, 6 numbers:   sent by end 0 | by end 1 | taken by end 0 | by end 1 | end 0 waits | end 1 waits

import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { type Connection, type ConnectionEvents, type ConnectionTraits, ownedTail } from "../connection.ts";
import { UpcallError } from "../errors.ts";
import type { Peer } from "../peer.ts";

/** What one end is made of; it can be sent to a thread, with the port in the transfer list. */
export interface PortEnd {
  readonly port: MessagePort;
  readonly shared: SharedArrayBuffer;
  readonly end: 0 | 1;
}

export function portEnds(one: MessagePort, other: MessagePort): [PortEnd, PortEnd] {
  const shared = new SharedArrayBuffer(24);
  return [
    { port: one, shared, end: 0 },
    { port: other, shared, end: 1 },
  ];
}

/** A message costs as much as making thirty frames: memory of its own, which changes hands, and a lock. */
const traits = { burst: 32 } as const;

const sent = 0;
const taken = 2;
const waits = 4;

/** Messages taken in one turn of the event loop, so that others have theirs. */
const mostAtOnce = 64;

type Message = ArrayBuffer | "end" | "taken";

export class PortConnection implements Connection {
  readonly traits: Partial<ConnectionTraits> = traits;
  readonly peer: Peer;
  readonly #port: MessagePort;
  readonly #numbers: Int32Array;
  readonly #here: 0 | 1;
  readonly #there: 0 | 1;
  readonly #worthWaiting: number;
  #events: ConnectionEvents | null = null;
  /** What came while nothing was to be delivered. */
  #arrived: (ArrayBuffer | "end")[] = [];
  #paused = false;
  #ended = false;
  #otherEnded = false;
  /** The port is closed, though what came before may still be undelivered. */
  #shut = false;
  #over = false;

  /**
   * @param worthWaiting bytes: with less than this unsent no sender waits for `drained`, so none is told of it; at most
   *   what a session looks for (limits.piece, limits.unsentPause). Default: the smallest piece that there may be
   */
  constructor({ port, shared, end }: PortEnd, peer: Peer, worthWaiting: number = 16 * 1024) {
    this.peer = peer;
    this.#port = port;
    this.#numbers = new Int32Array(shared);
    this.#here = end;
    this.#there = end === 0 ? 1 : 0;
    this.#worthWaiting = worthWaiting;
  }

  get unsent(): number {
    return this.#outstanding(this.#here, this.#there);
  }

  /** The memory of what `received` is told of is never used again: it was handed over by the other thread. */
  start(events: ConnectionEvents): void {
    this.#events = events;
    this.#port.on("message", (message: Message) => {
      this.#message(message);
      this.#more();
    });
    this.#port.on("close", () => this.#shutDown());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.#shut || bytes.length === 0) return true;
    const copy = new Uint8Array(bytes.length + ownedTail);
    copy.set(bytes);
    this.#send(copy, bytes.length);
    return true;
  }

  /** The memory itself goes to the other thread. */
  writeOwned(bytes: Uint8Array): void {
    if (this.#ended || this.#shut || bytes.length === 0) return;
    this.#send(new Uint8Array(bytes.buffer), bytes.length);
  }

  /** Behind the bytes, and whatever is free, stands how many they are. */
  #send(memory: Uint8Array, length: number): void {
    const last = memory.length - ownedTail;
    for (let at = 0; at < ownedTail; at++) memory[last + at] = length >>> (8 * at);
    const { buffer } = memory;
    // Both are said before the bytes are sent: the other end looks at them after it has taken these.
    Atomics.add(this.#numbers, sent + this.#here, length);
    if (this.unsent >= this.#worthWaiting) Atomics.store(this.#numbers, waits + this.#here, 1);
    this.#port.postMessage(buffer, [buffer as ArrayBuffer]);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#arrived.length > 0) queueMicrotask(() => this.#deliver());
  }

  end(): void {
    if (this.#ended || this.#shut) return;
    this.#ended = true;
    this.#port.postMessage("end");
    this.#closeWhenBothEnded();
  }

  destroy(): void {
    this.#arrived = [];
    if (this.#shut) this.#closed();
    else this.#port.close();
  }

  #message(message: Message): void {
    if (message === "taken") {
      if (!this.#over) this.#events?.drained();
    } else if (this.#paused || this.#arrived.length > 0) this.#arrived.push(message);
    else this.#take(message);
  }

  /** What has come meanwhile is work of the same turn: its replies go out together. */
  #more(): void {
    for (let count = 0; count < mostAtOnce && !this.#over; count++) {
      const next = receiveMessageOnPort(this.#port) as { readonly message: Message } | undefined;
      if (next === undefined) return;
      this.#message(next.message);
    }
  }

  #deliver(): void {
    while (!this.#paused && !this.#over) {
      const next = this.#arrived.shift();
      if (next === undefined) break;
      this.#take(next);
    }
    if (this.#shut && this.#arrived.length === 0) this.#closed();
  }

  #take(next: ArrayBuffer | "end"): void {
    if (next === "end") {
      this.#otherEnded = true;
      this.#events?.ended();
      this.#closeWhenBothEnded();
      return;
    }
    const numbers = this.#numbers;
    const bytes = bytesIn(next);
    Atomics.add(numbers, taken + this.#here, bytes.length);
    this.#events?.received(bytes);
    if (Atomics.load(numbers, waits + this.#there) === 0 || this.#outstanding(this.#there, this.#here) > 0) return;
    Atomics.store(numbers, waits + this.#there, 0);
    this.#port.postMessage("taken");
  }

  /** Bytes that one end has sent and the other has not taken. The counts go round at 2^32. */
  #outstanding(by: 0 | 1, to: 0 | 1): number {
    return (Atomics.load(this.#numbers, sent + by) - Atomics.load(this.#numbers, taken + to)) | 0;
  }

  #closeWhenBothEnded(): void {
    if (this.#ended && this.#otherEnded) this.#port.close();
  }

  /** The other end may be gone, and what it sent before still be wanted. */
  #shutDown(): void {
    this.#shut = true;
    if (this.#arrived.length === 0) this.#closed();
  }

  #closed(): void {
    if (this.#over) return;
    this.#over = true;
    this.#arrived = [];
    this.#events?.closed(
      this.#ended && this.#otherEnded
        ? null
        : new UpcallError("UNAVAILABLE", `${this.peer} is gone`, { reason: "CONNECTION_LOST", outcome: "unknown" }),
    );
  }
}

function bytesIn(memory: ArrayBuffer): Uint8Array {
  const all = new Uint8Array(memory);
  let length = 0;
  for (let at = all.length - 1; at >= all.length - ownedTail; at--) length = length * 256 + (all[at] as number);
  return all.subarray(0, length);
}
