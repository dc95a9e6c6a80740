// Addresses: one of them: it rests, connects, or has a session, and goes from each to the next by itself. It knows how it
// fares and nothing of calls.

import type { Connection } from "../connection.ts";
import { notExecuted, textOf, UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import type { Alarm } from "../session/deadlines.ts";
import { lostError } from "../session/losses.ts";
import type { Session } from "../session/native/session.ts";
import type { SessionOptions } from "../session/native/session-options.ts";
import type { Numbers } from "../session/numbers.ts";
import type { Platform } from "../session/platform.ts";
import { Rest } from "./rest.ts";

/** What a session is asked to tell. */
export type Told = Pick<SessionOptions, "onClosed" | "onDraining">;

/** How connections and sessions are made: whoever puts the house together knows. */
export interface LinkTerms {
  readonly platform: Platform;
  /** A number from 0 up to 1. */
  readonly chance: () => number;
  /** Whether a connection that was lost is made again. */
  readonly reconnect: boolean;
  connect(url: string, signal: AbortSignal | undefined): Promise<Connection>;
  /** Errors leave the connection destroyed. */
  session(connection: Connection, interfaces: readonly Interface[], told: Told): Session;
}

/** Who has links. */
export interface LinkOwner {
  readonly numbers: Numbers;
  /** There is a session. */
  opened(link: Link): void;
  /** There is none any more, or none was made. */
  lost(link: Link): void;
}

export class Link {
  readonly url: string;
  /** Who takes new calls; null while nobody does. */
  session: Session | null = null;
  /** Why there is none; null while there is one, and before the first try. */
  error: UpcallError | null = null;
  /** Whether the other side refused the conversation: then waiting for it would hardly help. */
  refused = false;
  readonly #terms: LinkTerms;
  readonly #owner: LinkOwner;
  readonly #rest: Rest;
  /** Sessions that take no new calls and are not gone yet. */
  readonly #leaving: Set<Session> = new Set();
  /** This connection's numbers: the first so many are the owner's own, the others stand here. */
  #same = 0;
  #numbers: (number | undefined)[] = [];
  #since = 0;
  #timer: Alarm | null = null;
  #connecting: AbortController | null = null;
  #over = false;

  constructor(url: string, terms: LinkTerms, owner: LinkOwner) {
    this.url = url;
    this.#terms = terms;
    this.#owner = owner;
    this.#rest = new Rest(terms.chance);
  }

  /** Whether there is, or will be, something to wait for. */
  get hopeful(): boolean {
    return this.session !== null || this.#connecting !== null || (this.#timer !== null && !this.refused);
  }

  /** The first connection, where there is no other address. Errors: those of connecting; then nothing is left open. */
  async first(signal: AbortSignal | undefined): Promise<void> {
    this.begin(await this.#terms.connect(this.url, signal));
    const { error } = this;
    if (error === null) return;
    await this.close();
    throw error;
  }

  /** Tries it now. Its owner hears how that went. */
  connect(): void {
    const connecting = new AbortController();
    this.#connecting = connecting;
    this.#terms.connect(this.url, connecting.signal).then(
      (connection) => {
        if (this.#connecting === connecting) this.begin(connection);
        else connection.destroy();
      },
      (error: unknown) => {
        if (this.#connecting === connecting) this.#failed(error, false);
      },
    );
  }

  /** Begins a session on a connection to this address. */
  begin(connection: Connection): void {
    this.#connecting = null;
    const { interfaces } = this.#owner.numbers;
    let session: Session | null = null;
    // It may be over before it has begun.
    let over: UpcallError | null = null;
    try {
      session = this.#terms.session(connection, interfaces, {
        onClosed: (error) => {
          over = lostError(error, false, connection.peer);
          if (session !== null) this.#closed(session, over, error);
        },
        onDraining: () => this.leave(),
      });
    } catch (error) {
      return this.#failed(error, false);
    }
    if (over !== null) return this.#failed(over, false);
    this.session = session;
    this.error = null;
    this.#since = this.#terms.platform.clock.now();
    this.#same = interfaces.reduce((sum, { table }) => sum + table.length, 0);
    this.#numbers = [];
    this.#owner.opened(this);
  }

  /** The session's number for one of the owner's. Errors: those of announcing an interface. */
  numberOf(session: Session, number: number): number {
    if (number < this.#same) return number;
    return this.#numbers[number] ?? this.#announce(session, number);
  }

  /** The session takes no new calls: it is left to those that run, and another one is made. */
  leave(): void {
    const { session } = this;
    if (session === null) return;
    this.#leaving.add(session);
    const { error } = session;
    this.#failed(error, refusedBy(session, error));
  }

  /** Lets running calls finish, and makes no connection any more. */
  async close(): Promise<void> {
    this.#over = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#connecting?.abort();
    this.#connecting = null;
    const sessions = this.session === null ? [...this.#leaving] : [this.session, ...this.#leaving];
    await Promise.all(sessions.map((session) => session.close()));
  }

  #announce(session: Session, number: number): number {
    const { subject, index } = this.#owner.numbers.at(number);
    const known = session.announce(subject) + index;
    this.#numbers[number] = known;
    return known;
  }

  #closed(session: Session, lost: UpcallError, cause: UpcallError | null): void {
    if (!this.#leaving.delete(session) && this.session === session) this.#failed(lost, refusedBy(session, cause));
  }

  #failed(error: unknown, refused: boolean): void {
    const { clock, patience } = this.#terms.platform;
    if (this.session !== null) this.#rest.worked(clock.now() - this.#since);
    this.session = null;
    this.#connecting = null;
    this.refused = refused;
    this.error = error instanceof UpcallError ? error : unreachable(this.url, error);
    if (this.#terms.reconnect && !this.#over) {
      this.#timer = patience.after(this.#rest.next(), () => {
        this.#timer = null;
        this.connect();
      });
    }
    this.#owner.lost(this);
  }
}

/** It was told why no conversation can be begun, and would be told again. */
function refusedBy({ welcomed }: Session, error: UpcallError | null): boolean {
  return !welcomed && error !== null && error.code !== "UNAVAILABLE";
}

function unreachable(url: string, cause: unknown): UpcallError {
  return notExecuted("UNAVAILABLE", "CONNECTION_LOST", `there is no connection to ${url}: ${textOf(cause)}`, cause);
}
