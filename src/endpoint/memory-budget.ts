// For all sessions: how many bytes their connections may hold in memory together: bytes that came and cannot be used
// yet, and bytes that were made and are not taken yet. Each connection has an account. It is used where bytes are held,
// and not by a small call. It knows numbers and accounts, and no connection.
//
//   crowded:  above 3/4 of the whole, or of one address's part, the connection that holds most is refused more
//   full:     the connection that holds most is closed
//
// A connection that holds less than 1 MiB is never refused or closed, so a well-behaved connection is safe.

import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import type { Peer } from "../peer.ts";

const MiB = 1024 * 1024;
/** Bytes of the smallest account that is refused anything, or closed. */
const minRefusedBytes = MiB;
/** The part of the whole above which the connection that holds most is refused more. */
const crowdedPart = 3 / 4;
/** The part of the whole that connections of one address may have together. */
const addressPart = 1 / 2;

/** Where refusals and closings are counted. */
type Counted = Pick<Counters, "heldNow" | "refusedMemory" | "memoryCloses">;

/** The owner of an account: a connection. */
export interface AccountOwner {
  /** It holds the most while there is too much: it drops all that it holds at once, and closes the connection. */
  overMemory(error: UpcallError): void;
}

/** The whole, or the part of one address. */
class Share {
  readonly most: number;
  /** For people. */
  readonly name: string;
  held = 0;
  /** Accounts that count in this share. */
  users = 0;
  /** Accounts above {@link minRefusedBytes}. They are few, because no more fit into the share. */
  readonly large: Account[] = [];

  constructor(most: number, name: string) {
    this.most = most;
    this.name = name;
  }

  /** Whether an account may hold `bytes` more. */
  admits(account: Account, bytes: number): boolean {
    return this.held + bytes <= this.most * crowdedPart || this.#isSmaller(account);
  }

  /** The account that holds most, of those that can be closed. */
  get largest(): Account | null {
    let found: Account | null = null;
    for (const one of this.large) if (one.open && (found === null || one.bytes > found.bytes)) found = one;
    return found;
  }

  #isSmaller({ bytes }: Account): boolean {
    return this.large.some((other) => other.bytes > bytes);
  }
}

/** What the memory budget asks of a peer. */
type Addressed = Pick<Peer, "address">;

export class Account {
  /** Bytes that it holds. */
  bytes = 0;
  /** The connection that is closed when it holds too much; null where it cannot be closed. */
  owner: AccountOwner | null = null;
  readonly #budget: MemoryBudget;
  readonly #counters: Counted;
  readonly #peer: Addressed;
  /** The shares it counts in; empty before it has held anything. */
  #shares: readonly Share[] = [];
  #large = false;
  /** Bytes that were made here and are not taken at the other end. */
  #output = 0;
  /** The part of its bytes that belongs to running calls, and is given back when they end. */
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
   * Whether so many bytes more may be held, where they can be refused. A refusal is counted. Only the connection that
   * holds most is refused.
   */
  admits(bytes: number): boolean {
    if (this.bytes + bytes < minRefusedBytes) return true;
    if (this.#shares.length === 0) this.#begin();
    if (this.#shares.every((share) => share.admits(this, bytes))) return true;
    this.#counters.refusedMemory++;
    return false;
  }

  /** Holds bytes; a negative number drops them. */
  hold(bytes: number): void {
    if (!this.#closed) this.#move(bytes);
  }

  /** Holds bytes until their call gives them back, which may be after the end of the connection. */
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

  /** Bytes that were made here and were not taken at the last check. */
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
    const large = this.bytes >= minRefusedBytes;
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
  /** Shares that are full. They are handled at the end of the turn, when no connection is being read or written. */
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

  /** @param peer the other end of the connection, as its medium says */
  account(counters: Counted, peer: Addressed): Account {
    return new Account(this, counters, peer);
  }

  sharesOf({ address }: Addressed): Share[] {
    // Unix sockets and memory have no address that tells peers apart.
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
    `this connection held ${inMiB(bytes)} of arguments, results and items that were not whole or not read, the most of ${who}, while limits.memory (${inMiB(most)}) was used up: send and ask for less at a time, read what comes, or raise it`,
    { reason: "MEMORY_FULL", outcome: "unknown" },
  );
}

/** The error of a call that is refused because its connection holds the most of all. */
export const memoryCrowded = (): UpcallError =>
  notExecuted(
    "RESOURCE_EXHAUSTED",
    "BUSY",
    "limits.memory is nearly used up, and this connection holds the most of it: try again later, send less at a time, or raise it",
  );
