// Composition: connections that arrive become sessions, as many as the limits allow.

import type { Connection } from "../connection.ts";
import type { ConnectionLook } from "../contract/connection-state.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";
import { draining } from "../failure/call-refusals.ts";
import { localPeer, type Peer } from "../peer.ts";
import type { ServerSession } from "../session/contract.ts";
import { type Refuse, tooManyConnections, tooManyOfAddress } from "./refusing.ts";

/** What a server keeps of each connection: its session, or what passes it on to one. */
export interface Kept extends ServerSession {
  /** The worker that has the session; left out where it is in this thread. */
  readonly worker?: string | null;
}

/** As a program sees one. What is no data of it does not show, so that the rest can be copied, sent and compared. */
function rowOf(session: Kept, peer: Peer, since: number): ConnectionLook {
  const { worker = null } = session;
  const row = { ...session.look(), peer: peer.toString(), since, worker, close: () => session.close() };
  return Object.defineProperty(row, "close", { enumerable: false });
}

/** Makes a session on a connection; `closed` is told when it is gone. */
export type MakeSession = (connection: Connection, closed: () => void) => Kept;

/**
 * One connection that was taken. In a ring and not in a Set: one that often changes leaves its former tables behind, in
 * old memory, and those keep every session alive that was in them until a full collection.
 */
class Taken {
  session: Kept | null = null;
  readonly peer: Peer;
  /** When it was taken, in milliseconds on the clock. */
  readonly since: number;
  before: Taken = this;
  after: Taken = this;

  constructor(peer: Peer, since: number) {
    this.peer = peer;
    this.since = since;
  }

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

export interface AcceptingTerms {
  /** Told of each connection; null where the program gave no function. */
  readonly told: ((peer: Peer) => void) | null;
  /** Whether the limit of one address is for this machine's own as well: where the program set one. */
  readonly limitsLoopback: boolean;
}

const nowhere = localPeer("");

export class Accepting {
  readonly #endpoint: Endpoint;
  readonly #make: MakeSession;
  readonly #refuse: Refuse;
  readonly #terms: AcceptingTerms;
  readonly #ring: Taken = new Taken(nowhere, 0);
  #count = 0;
  readonly #perAddress: Map<string, number> = new Map();
  #closing = false;

  constructor(endpoint: Endpoint, make: MakeSession, refuse: Refuse, terms: AcceptingTerms) {
    this.#endpoint = endpoint;
    this.#make = make;
    this.#refuse = refuse;
    this.#terms = terms;
  }

  /** Takes a connection, or refuses it where it is one too many. */
  take(connection: Connection): void {
    const { counters } = this.#endpoint;
    const { peer } = connection;
    const { address } = peer;
    const ofAddress = this.#perAddress.get(address) ?? 0;
    const refusal = this.#refusal(ofAddress, peer);
    if (refusal !== null) return this.#refuse(connection, refusal);
    this.#perAddress.set(address, ofAddress + 1);
    counters.connections++;
    counters.connectionsNow++;
    const taken = new Taken(peer, this.#endpoint.platform.clock.now());
    const closed = (): void => {
      taken.takeOut();
      this.#count--;
      counters.connectionsNow--;
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    };
    const { told } = this.#terms;
    if (told !== null) this.#endpoint.platform.hooks.tell("onConnection", told, peer);
    this.#count++;
    taken.hang(this.#ring);
    taken.session = this.#make(connection, closed);
  }

  /** Those that are there now. Reading them makes nothing else. */
  connections(): ConnectionLook[] {
    const rows: ConnectionLook[] = [];
    for (let taken = this.#ring.after; taken !== this.#ring; taken = taken.after)
      if (taken.session !== null) rows.push(rowOf(taken.session, taken.peer, taken.since));
    return rows;
  }

  #refusal(ofAddress: number, peer: Peer): UpcallError | null {
    const { connections, connectionsPerAddress } = this.#endpoint.limits;
    if (this.#closing) return draining();
    if (this.#count >= connections) return tooManyConnections(this.#count);
    if (ofAddress < connectionsPerAddress || !this.#tellsApart(peer)) return null;
    return tooManyOfAddress(ofAddress, peer.address);
  }

  /**
   * Some media have no address that tells strangers apart, and connections of this machine mostly have one and the
   * same.
   */
  #tellsApart({ address, local }: Peer): boolean {
    return address !== "" && (this.#terms.limitsLoopback || !local);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const all: Taken[] = [];
    for (let taken = this.#ring.after; taken !== this.#ring; taken = taken.after) all.push(taken);
    await Promise.all(all.map(async ({ session }) => await session?.close()));
  }
}
