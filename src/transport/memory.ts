// The transport: memory. Two ends in one thread, for tests, for programs that are not split yet, and for browsers. It
// copies its bytes like every medium, so nothing is shared that a network would not share. Knows no platform.

import type { Connection, ConnectionEvents, ConnectionTraits } from "../connection.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import { localPeer, type Peer } from "../peer.ts";
import type { StreamMedium } from "./medium.ts";
import { type PathPlace, pathPlace } from "./place.ts";

type Accept = (connection: Connection) => void;

/** Places by name, of this thread: each thread has this module, and so a table, of its own. */
const places: Map<string, Accept> = new Map();

/** The other end's turn is this end's. */
const traits = { local: true, burst: 0 } as const;

export const memory: StreamMedium<"memory", PathPlace> = {
  scheme: "memory",
  shape: "stream",
  traits,
  parse: (url) => pathPlace(url, "it names no place, as in memory:app"),

  async connect({ path, url }) {
    const accept = places.get(path);
    if (accept === undefined)
      throw notExecuted(
        "UNAVAILABLE",
        "CONNECTION_REFUSED",
        `nothing is served at ${url} in this thread, and memory: reaches no other; start the server first, or check the name`,
      );
    const [near, far] = memoryPair(url);
    accept(far);
    return near;
  },

  async listen({ path, url }, { accepted }) {
    if (places.has(path))
      throw notExecuted(
        "UNAVAILABLE",
        "ADDRESS_IN_USE",
        `${url} is served already in this thread; choose another name, or close the other server`,
      );
    places.set(path, accepted);
    return {
      url,
      async close() {
        if (places.get(path) === accepted) places.delete(path);
      },
    };
  },
};

/** Two connected ends. */
function memoryPair(name: string): [Connection, Connection] {
  const near = new MemoryEnd(localPeer(name));
  const far = new MemoryEnd(localPeer("memory"));
  near.other = far;
  far.other = near;
  return [near, far];
}

/** Deliveries in a row before timers and sockets get their turn: a loop of awaited calls would keep it from them. */
const maxDeliveriesInRow = 256;
let row = 0;
const { setImmediate: nextTurn = (fn: () => void) => void setTimeout(fn, 0) } = globalThis as {
  setImmediate?: (fn: () => void) => unknown;
};

/** In this turn of the event loop, or now and then in the next one. */
function soon(deliver: () => void): void {
  if (++row < maxDeliveriesInRow) return queueMicrotask(deliver);
  row = 0;
  nextTurn(deliver);
}

class MemoryEnd implements Connection {
  readonly traits: Partial<ConnectionTraits> = traits;
  readonly peer: Peer;
  other: MemoryEnd | null = null;
  #events: ConnectionEvents | null = null;
  /** What came and was not delivered; null is the end. */
  #arrived: (Uint8Array | null)[] = [];
  #bytes = 0;
  #paused = false;
  #scheduled = false;
  #ended = false;
  #otherEnded = false;
  #over = false;
  #error: UpcallError | null = null;

  constructor(peer: Peer) {
    this.peer = peer;
  }

  get unsent(): number {
    return this.other === null ? 0 : this.other.#bytes;
  }

  get behind(): boolean {
    return this.#bytes > 0;
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    if (this.#over) queueMicrotask(() => events.closed(this.#error));
    else this.#schedule();
  }

  write(bytes: Uint8Array): boolean {
    const { other } = this;
    if (other === null || this.#ended || this.#over || other.#over || bytes.length === 0) return true;
    other.#arrived.push(new Uint8Array(bytes));
    other.#bytes += bytes.length;
    other.#schedule();
    return true;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  end(): void {
    if (this.#ended || this.#over || this.other === null) return;
    this.#ended = true;
    this.other.#arrived.push(null);
    this.other.#schedule();
    this.#closeWhenBothEnded();
  }

  destroy(): void {
    if (this.#over) return;
    this.#close(false);
    this.other?.broken();
  }

  /** The other end has everything that was written here. */
  delivered(): void {
    if (!this.#over) this.#events?.drained();
  }

  broken(): void {
    this.#close(true);
  }

  #schedule(): void {
    if (this.#scheduled || this.#events === null || this.#over) return;
    this.#scheduled = true;
    soon(() => this.#deliver());
  }

  #deliver(): void {
    this.#scheduled = false;
    const had = this.#bytes > 0;
    while (this.#arrived.length > 0 && !this.#paused && !this.#over) {
      const next = this.#arrived.shift() as Uint8Array | null;
      if (next === null) {
        this.#otherEnded = true;
        this.#events?.ended();
        this.#closeWhenBothEnded();
      } else {
        this.#bytes -= next.length;
        this.#events?.received(next);
      }
    }
    if (had && this.#bytes === 0) this.other?.delivered();
  }

  #closeWhenBothEnded(): void {
    if (!this.#ended || !this.#otherEnded) return;
    this.#close(false);
  }

  #close(broken: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#arrived = [];
    this.#bytes = 0;
    const { peer } = this;
    if (broken) {
      this.#error = new UpcallError("UNAVAILABLE", `${peer} broke the connection`, {
        reason: "CONNECTION_LOST",
        outcome: "unknown",
      });
    }
    // Who has not started yet hears of it when it does.
    const events = this.#events;
    if (events !== null) queueMicrotask(() => events.closed(this.#error));
  }
}
