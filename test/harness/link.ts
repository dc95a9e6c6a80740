// A connection for tests that keeps what was written and can hold it, cut it at any byte, split it into segments, or
// take nothing, as a kernel does whose other side does not read.

import type { Connection, ConnectionEvents } from "#internal/connection.js";
import { UpcallError } from "#internal/errors.js";
import { localPeer, networkPeer, type Peer } from "#internal/peer.js";

/** What one end does with the bytes written to it. */
export interface Manners {
  /** Bytes of one delivery. */
  segment?: number;
  /** After so many bytes in all the connection breaks. */
  cutAfter?: number;
}

/** A peer by its text: with a port it is at an address. */
export function peerAt(text: string): Peer {
  const [, address, port] = /^(?!unix:|memory:)(.+):(\d+)$/.exec(text) ?? [];
  return address === undefined ? localPeer(text) : networkPeer(address, Number(port), text);
}

export class LinkEnd implements Connection {
  /** More than 0 where it is as a connection to another process or thread. */
  readonly traits: { burst: number } = { burst: 0 };
  readonly peer: Peer;
  readonly manners: Manners;
  /** Everything that was ever written here, even if it never arrived. */
  readonly written: Uint8Array[] = [];
  readonly log: string[] = [];
  other: LinkEnd | null = null;
  events: ConnectionEvents | null = null;
  /** Says of every write that it was not taken, and takes nothing until `take` is called. */
  full = false;
  /** Copies what it is given, as memory does: it says that everything was taken, however little arrives. */
  copies = false;
  /** Called in every write. */
  onWrite: (() => void) | null = null;
  /** Keeps what was written from arriving until `release`. */
  held = false;
  #queue: (Uint8Array | null)[] = [];
  #unsent = 0;
  #passed = 0;
  #scheduled = false;
  #ended = false;
  #otherEnded = false;
  #over = false;

  constructor(peer: string, manners: Manners) {
    this.peer = localPeer(peer);
    this.manners = manners;
  }

  get unsent(): number {
    return this.#unsent;
  }

  get over(): boolean {
    return this.#over;
  }

  start(events: ConnectionEvents): void {
    this.events = events;
    this.other?.schedule();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#over || this.#ended) return true;
    this.onWrite?.();
    const copy = new Uint8Array(bytes);
    this.written.push(copy);
    this.#queue.push(copy);
    if (this.full) {
      this.#unsent += bytes.length;
      return this.copies;
    }
    this.schedule();
    return true;
  }

  /** The kernel takes so many of the bytes that it refused; all of them when nothing is said. */
  take(most = Number.POSITIVE_INFINITY): void {
    const all = most >= this.#unsent;
    this.#unsent = Math.max(0, this.#unsent - most);
    if (!all) return;
    this.full = false;
    this.schedule();
    this.events?.drained();
  }

  /** What was held arrives. */
  release(): void {
    this.held = false;
    this.schedule();
  }

  pause(): void {
    this.log.push("pause");
  }

  resume(): void {
    this.log.push("resume");
  }

  end(): void {
    if (this.#over || this.#ended) return;
    this.log.push("end");
    this.#ended = true;
    this.#queue.push(null);
    this.schedule();
  }

  destroy(): void {
    if (this.#over) return;
    this.log.push("destroy");
    this.close(null);
    this.other?.break();
  }

  /** The connection breaks under both ends, as by a reset. */
  break(): void {
    this.close(
      new UpcallError("UNAVAILABLE", "the connection broke", { reason: "CONNECTION_LOST", outcome: "unknown" }),
    );
  }

  close(error: UpcallError | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#queue = [];
    queueMicrotask(() => this.events?.closed(error));
  }

  schedule(): void {
    if (this.#scheduled || this.full || this.held || this.#over || this.other?.events === null) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const { other, manners } = this;
    while (this.#queue.length > 0 && other !== null && !this.#over && !this.held) {
      const chunk = this.#queue.shift() as Uint8Array | null;
      if (chunk === null) {
        other.#otherEnded = true;
        other.events?.ended();
        this.#closeWhenBothEnded();
        continue;
      }
      const segment = manners.segment ?? chunk.length;
      for (let at = 0; at < chunk.length && !this.#over; at += segment) {
        const left = (manners.cutAfter ?? Number.POSITIVE_INFINITY) - this.#passed;
        const piece = new Uint8Array(chunk.subarray(at, at + Math.min(segment, left)));
        this.#passed += piece.length;
        if (piece.length > 0) other.events?.received(piece);
        // A transport uses its memory again: whoever kept a view of it sees this.
        piece.fill(0xee);
        if (this.#passed >= (manners.cutAfter ?? Number.POSITIVE_INFINITY)) {
          this.break();
          other.break();
        }
      }
    }
  }

  #closeWhenBothEnded(): void {
    if (!this.#ended || !this.#otherEnded) return;
    this.close(null);
    this.other?.close(null);
  }
}

/** Two connected ends; `near` says how what the client writes travels, `far` what the server writes. */
export function link(near: Manners = {}, far: Manners = {}): [LinkEnd, LinkEnd] {
  const client = new LinkEnd("the server", near);
  const server = new LinkEnd("the client", far);
  client.other = server;
  server.other = client;
  return [client, server];
}
