// The session: how much its connections may hold in memory, all of them together: what came and cannot be used yet, and
// what was made and is not taken yet. Each connection has an account. It is touched where something is held, and not by a
// call that comes and goes. Knows numbers, and no connection but by its account.
//
//   crowded:  above 3/4 of the whole, or of what one address may have, whoever holds most is refused what can be refused
//   full:     whoever holds most is closed
//
// Whoever holds less than 1 MiB is never touched, so a connection that behaves is not the one that is closed.

import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import type { Peer } from "../peer.ts";

const MiB = 1024 * 1024;
/** Bytes of the smallest account that is refused anything, or closed. */
const leastTouched = MiB;
/** Of the whole, from which on whoever holds most is refused more. */
const crowdedPart = 3 / 4;
/** Of the whole, that connections of one address may have together. */
const addressPart = 1 / 2;

/** What is counted of it. */
type Counted = Pick<Counters, "heldNow" | "refusedMemory" | "memoryCloses">;

/** Whose memory it is. */
export interface AccountOwner {
  /** It holds the most while there is too much: it lets go of all it holds, at once, and of the connection. */
  overMemory(error: UpcallError): void;
}

/** The whole, or what one address may have of it. */
class Share {
  readonly most: number;
  /** For people. */
  readonly name: string;
  held = 0;
  /** Accounts that have something to do with it. */
  users = 0;
  /** Those that hold as much as is ever looked at: there are no more of them than fit in. */
  readonly large: Account[] = [];

  constructor(most: number, name: string) {
    this.most = most;
    this.name = name;
  }

  /** Whether one that would hold `bytes` more may do so. */
  admits(account: Account, bytes: number): boolean {
    return this.held + bytes <= this.most * crowdedPart || this.#isSmaller(account);
  }

  /** The one that holds most, of those that can be closed. */
  get largest(): Account | null {
    let found: Account | null = null;
    for (const one of this.large) if (one.open && (found === null || one.bytes > found.bytes)) found = one;
    return found;
  }

  #isSmaller({ bytes }: Account): boolean {
    return this.large.some((other) => other.bytes > bytes);
  }
}

/** What is asked of a peer here. */
type Addressed = Pick<Peer, "address">;

export class Account {
  /** Bytes that it holds. */
  bytes = 0;
  /** Who is closed where it holds too much; null where nobody can be. */
  owner: AccountOwner | null = null;
  readonly #budget: MemoryBudget;
  readonly #counters: Counted;
  readonly #peer: Addressed;
  /** What it counts in; empty before it has held anything. */
  #shares: readonly Share[] = [];
  #large = false;
  /** Bytes that were made here and are not taken at the other end. */
  #output = 0;
  /** Of its bytes those of calls that somebody else has, and gives back when they end. */
  #lent = 0;
  #closed = false;

  constructor(budget: MemoryBudget, counters: Counted, peer: Addressed) {
    this.#budget = budget;
    this.#counters = counters;
    this.#peer = peer;
  }

  /** Whether it can be closed. */
  get open(): boolean {
    return this.owner !== null && !this.#closed;
  }

  /**
   * Whether so many bytes more may be held, of what can be refused; else that is counted. The rule is for whoever holds
   * most: it is refused, and others are not.
   */
  admits(bytes: number): boolean {
    if (this.bytes + bytes < leastTouched) return true;
    if (this.#shares.length === 0) this.#begin();
    if (this.#shares.every((share) => share.admits(this, bytes))) return true;
    this.#counters.refusedMemory++;
    return false;
  }

  /** Bytes are held, or with a negative number let go of. */
  hold(bytes: number): void {
    if (!this.#closed) this.#move(bytes);
  }

  /** Bytes are held until somebody else gives them back, who may do so when the connection is gone. */
  lend(bytes: number): void {
    this.#lent += bytes;
    this.#move(bytes);
  }

  giveBack(bytes: number): void {
    this.#lent -= bytes;
    this.#move(-bytes);
    if (this.#closed && this.#lent === 0) this.#end();
  }

  /** So many bytes that were made here are not taken now. */
  sent(unsent: number): void {
    const more = unsent - this.#output;
    if (more === 0 || this.#closed) return;
    this.#output = unsent;
    this.#move(more);
  }

  /** Bytes that were made here and were not taken when that was last looked at. */
  get output(): number {
    return this.#output;
  }

  /** Its connection is ended, for it holds the most. */
  closeFor(error: UpcallError): void {
    this.#counters.memoryCloses++;
    this.owner?.overMemory(error);
    this.close();
  }

  /** The connection is gone, with all that it held. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.owner = null;
    this.#output = 0;
    this.#move(this.#lent - this.bytes);
    if (this.#lent === 0) this.#end();
  }

  #move(bytes: number): void {
    if (this.#shares.length === 0) this.#begin();
    this.bytes += bytes;
    this.#counters.heldNow += bytes;
    for (const share of this.#shares) share.held += bytes;
    const large = this.bytes >= leastTouched;
    if (large !== this.#large) this.#list(large);
    if (bytes > 0) this.#budget.check(this.#shares);
  }

  #list(large: boolean): void {
    this.#large = large;
    for (const share of this.#shares) {
      if (large) share.large.push(this);
      else share.large.splice(share.large.indexOf(this), 1);
    }
  }

  #begin(): void {
    this.#shares = this.#budget.sharesOf(this.#peer);
    for (const share of this.#shares) share.users++;
  }

  #end(): void {
    for (const share of this.#shares) {
      share.users--;
      this.#budget.left(share);
    }
    this.#shares = [];
  }
}

export class MemoryBudget {
  /** Bytes. */
  readonly most: number;
  readonly #clock: Pick<Clock, "defer">;
  readonly #whole: Share;
  readonly #addresses: Map<string, Share> = new Map();
  /** Those that are full; looked after at the end of the turn, when nothing is in the middle of being read or written. */
  #full: Share[] = [];

  /** @param most bytes */
  constructor(clock: Pick<Clock, "defer">, most: number) {
    this.most = most;
    this.#clock = clock;
    this.#whole = new Share(most, "all connections");
  }

  /** Bytes that are held. */
  get held(): number {
    return this.#whole.held;
  }

  /** Addresses that are known now. */
  get addresses(): number {
    return this.#addresses.size;
  }

  /** @param peer who is at the other end, as its connection says */
  account(counters: Counted, peer: Addressed): Account {
    return new Account(this, counters, peer);
  }

  sharesOf({ address }: Addressed): Share[] {
    // Unix sockets and memory have none that tells strangers apart.
    if (address === "") return [this.#whole];
    const known = this.#addresses.get(address) ?? new Share(this.most * addressPart, `the connections of ${address}`);
    this.#addresses.set(address, known);
    return [this.#whole, known];
  }

  left(share: Share): void {
    if (share.users > 0 || share === this.#whole) return;
    for (const [address, known] of this.#addresses) if (known === share) this.#addresses.delete(address);
  }

  check(shares: readonly Share[]): void {
    for (const share of shares) {
      if (share.held <= share.most || this.#full.includes(share)) continue;
      if (this.#full.push(share) === 1) this.#clock.defer(() => this.#relieve());
    }
  }

  #relieve(): void {
    for (const share of this.#full.splice(0)) {
      while (share.held > share.most) {
        const { largest } = share;
        if (largest === null) break;
        const error = overMemory(largest.bytes, share.name, this.most);
        largest.closeFor(error);
      }
    }
  }
}

const inMiB = (bytes: number): string => `${Math.round(bytes / MiB)} MiB`;

function overMemory(bytes: number, who: string, most: number): UpcallError {
  return new UpcallError(
    "RESOURCE_EXHAUSTED",
    `this connection held ${inMiB(bytes)} of arguments, results and items that were not whole or not read, the most of ${who}, while limits.memory (${inMiB(most)}) was met: send and ask for less at a time, read what comes, or raise it`,
    { reason: "MEMORY_FULL", outcome: "unknown" },
  );
}

/** What a call is told that is refused because its connection holds the most of all. */
export const memoryCrowded = (): UpcallError =>
  notExecuted(
    "RESOURCE_EXHAUSTED",
    "BUSY",
    "limits.memory is nearly met, and this connection holds the most of it: try again later, send less at a time, or raise it",
  );
