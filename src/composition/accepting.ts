// Composition: connections that arrive become sessions, as many as the limits allow.

import type { Connection } from "../connection.ts";
import type { Household } from "../session/platform.ts";

/** What a server keeps of each connection. */
export interface ServerSession {
  close(): Promise<void>;
}

/** Makes a session on a connection; `closed` is told when it is gone. */
export type MakeSession = (connection: Connection, closed: () => void) => ServerSession;

/**
 * One connection that was taken. In a ring and not in a Set: one that often changes leaves its former tables behind, in old
 * memory, and those keep every session alive that was in them until a full collection.
 */
class Taken {
  session: ServerSession | null = null;
  before: Taken = this;
  after: Taken = this;

  hang(into: Taken): void {
    this.after = into;
    this.before = into.before;
    this.before.after = this;
    into.before = this;
  }

  takeOut(): void {
    this.before.after = this.after;
    this.after.before = this.before;
    this.before = this;
    this.after = this;
  }
}

export class Accepting {
  readonly #home: Household;
  readonly #make: MakeSession;
  readonly #told: ((peer: string) => void) | null;
  readonly #ring: Taken = new Taken();
  #count = 0;
  readonly #perAddress: Map<string, number> = new Map();
  #closing = false;

  constructor(home: Household, make: MakeSession, told: ((peer: string) => void) | null) {
    this.#home = home;
    this.#make = make;
    this.#told = told;
  }

  /** Takes a connection, or ends it where it is one too many. */
  take(connection: Connection, address: string): void {
    const { limits, counters } = this.#home;
    const ofAddress = this.#perAddress.get(address) ?? 0;
    // Unix and memory connections have no address that tells strangers apart.
    const limited = address !== "unix" && address !== "memory";
    if (this.#closing || this.#count >= limits.connections || (limited && ofAddress >= limits.connectionsPerAddress)) {
      counters.connectionsRefused++;
      // An end and not a reset, which would meet some callers while they still connect.
      connection.end();
      connection.destroy();
      return;
    }
    this.#perAddress.set(address, ofAddress + 1);
    counters.connections++;
    counters.connectionsNow++;
    const taken = new Taken();
    const closed = (): void => {
      taken.takeOut();
      this.#count--;
      counters.connectionsNow--;
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    };
    if (this.#told !== null) this.#home.platform.hooks.tell("onConnection", this.#told, connection.peer);
    this.#count++;
    taken.hang(this.#ring);
    taken.session = this.#make(connection, closed);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const all: Taken[] = [];
    for (let taken = this.#ring.after; taken !== this.#ring; taken = taken.after) all.push(taken);
    await Promise.all(all.map(async ({ session }) => await session?.close()));
  }
}
