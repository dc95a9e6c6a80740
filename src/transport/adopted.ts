// The transport: a connection that the program brought, kept to the contract by which ours go (connection.ts): a session trusts
// it, and what is wrong in it must end this one connection, with a sentence, and nothing else.

import type { Connection, ConnectionEvents, ConnectionTraits, HandedOver, MessageExtra } from "../connection.ts";
import { isUpcallError, notExecuted, textOf, UpcallError } from "../errors.ts";
import { type Peer, peerFrom } from "../peer.ts";

const methods = ["start", "write", "pause", "resume", "end", "destroy"] as const;

/** Each has one session at most. */
const taken: WeakSet<object> = new WeakSet();

/**
 * Takes a connection for a session.
 *
 * @param where who gave it, as the beginning of a sentence
 * @param name  stands for a peer that has no text and no address
 * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) where it is none, or has a session already
 */
export function adopted(given: unknown, where: string, name: string): Connection {
  const missing = missingIn(given);
  if (missing !== null) throw bad(`${where}: ${missing}`);
  const connection = given as Connection;
  if (taken.has(connection)) throw bad(`${where}: this connection has a session already: give each one once`);
  taken.add(connection);
  return new Adopted(connection, peerOf(connection.peer, name));
}

/** What of a connection is not there, as a sentence; null where it has everything. */
function missingIn(given: unknown): string | null {
  if (typeof given !== "object" || given === null)
    return `a connection is an object, and this is ${given === null ? "null" : typeof given}`;
  const connection = given as Partial<Record<keyof Connection, unknown>>;
  const missing: string[] = methods.filter((name) => typeof connection[name] !== "function").map((name) => `${name}()`);
  if (typeof connection.unsent !== "number") missing.push("unsent, a number of bytes");
  const { address, local, encrypted } = Object(connection.peer) as Partial<Record<keyof Peer, unknown>>;
  if (typeof address !== "string" || typeof local !== "boolean" || typeof encrypted !== "boolean")
    missing.push('peer, as in { address: "", local: true, encrypted: false }');
  if (missing.length === 0) return null;
  return `a connection has ${missing.join(", ")}, which this one has not (docs/media.md)`;
}

function peerOf(given: Peer, name: string): Peer {
  const { address, port } = given;
  const own = given.toString !== Object.prototype.toString;
  const usual = address === "" ? name : port === undefined ? address : `${address}:${port}`;
  return peerFrom({ ...given, text: own ? given.toString() : usual });
}

class Adopted implements Connection, ConnectionEvents {
  readonly peer: Peer;
  readonly traits: Partial<ConnectionTraits>;
  declare readonly handOver?: () => HandedOver;
  readonly #inner: Connection;
  readonly #keeps: boolean;
  #events: ConnectionEvents | null = null;
  /** What came at a time at which nothing may be delivered. */
  #held: ({ readonly bytes: Uint8Array; readonly extra: MessageExtra | undefined } | "ended")[] = [];
  #paused = false;
  /** Within a call of the other's code. */
  #inside = false;
  #scheduled = false;
  #over = false;

  constructor(inner: Connection, peer: Peer) {
    this.#inner = inner;
    this.peer = peer;
    this.traits = { ...inner.traits };
    this.#keeps = this.traits.takesOwnership === true;
    if (typeof inner.handOver === "function") this.handOver = () => inner.handOver?.() as HandedOver;
  }

  get unsent(): number {
    return this.#over ? 0 : this.#inner.unsent;
  }

  get behind(): boolean {
    return this.#held.length > 0 || this.#inner.behind === true;
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    this.#do("start", () => this.#inner.start(this));
  }

  write(bytes: Uint8Array, extra?: MessageExtra): boolean {
    if (this.#over || bytes.length === 0) return true;
    let took: unknown = true;
    this.#do("write", () => {
      const given = this.#keeps ? bytes.slice() : bytes;
      took = extra === undefined ? this.#inner.write(given) : this.#inner.write(given, extra);
      if (typeof took !== "boolean")
        throw new TypeError(`it gave ${typeof took}, and not whether the bytes were taken`);
    });
    return took !== false;
  }

  pause(): void {
    this.#paused = true;
    this.#do("pause", () => this.#inner.pause());
  }

  resume(): void {
    this.#paused = false;
    this.#do("resume", () => this.#inner.resume());
    this.#later();
  }

  end(): void {
    this.#do("end", () => this.#inner.end());
  }

  destroy(): void {
    if (this.#over) return;
    this.#do("destroy", () => this.#inner.destroy());
    queueMicrotask(() => this.#close(null));
  }

  received(bytes: Uint8Array, extra?: MessageExtra): void {
    if (this.#over) return;
    if (!(bytes instanceof Uint8Array)) return this.#broken(new TypeError(`received() was told of ${typeof bytes}`));
    // A Buffer's slice() is no copy, and by slice() bytes are kept.
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.#waits) this.#held.push({ bytes: view.slice(), extra });
    else this.#events?.received(view, extra);
  }

  drained(): void {
    if (this.#over) return;
    // Nothing that came meanwhile may hold this up: what is to be sent waits for it.
    if (this.#inside) queueMicrotask(() => this.drained());
    else this.#events?.drained();
  }

  ended(): void {
    if (this.#over) return;
    if (this.#inside || this.#held.length > 0) this.#held.push("ended");
    else this.#events?.ended();
  }

  closed(error: unknown): void {
    // What it was told before is told first.
    if (!this.#paused) this.#deliver();
    this.#close(error ?? null);
  }

  get #waits(): boolean {
    return this.#inside || this.#held.length > 0 || this.#paused;
  }

  #later(): void {
    if (this.#scheduled || this.#held.length === 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (this.#held.length > 0 && !this.#over) {
      const [next] = this.#held;
      if (next !== "ended" && this.#paused) return;
      this.#held.shift();
      if (next === "ended") this.#events?.ended();
      else if (next !== undefined) this.#events?.received(next.bytes, next.extra);
    }
  }

  /** Calls the other's code. What it tells meanwhile is told afterwards. */
  #do(name: string, call: () => void): void {
    if (this.#over) return;
    const before = this.#inside;
    this.#inside = true;
    try {
      call();
    } catch (error) {
      this.#broken(error, `${name}() failed: `);
    } finally {
      this.#inside = before;
      this.#later();
    }
  }

  /** It cannot be relied on any more. */
  #broken(error: unknown, what = ""): void {
    if (this.#over) return;
    this.#over = true;
    try {
      this.#inner.destroy();
    } catch {
      // It failed already.
    }
    const told = lost(`it broke: ${what}${textOf(error)}`, error);
    queueMicrotask(() => this.#events?.closed(told));
  }

  #close(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#held = [];
    const told = error === null || isUpcallError(error) ? error : lost(textOf(error), error);
    this.#events?.closed(told);
  }
}

function lost(message: string, cause: unknown): UpcallError {
  return new UpcallError("UNAVAILABLE", message, { reason: "CONNECTION_LOST", outcome: "unknown", cause });
}

function bad(what: string): UpcallError {
  return notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", what);
}
