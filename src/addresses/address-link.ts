// Addresses: one of them: it rests, connects, or has a session, and goes from each to the next by itself. It knows how
// it fares and nothing of calls.

import type { Numbers } from "../call/numbers.ts";
import type { Connection } from "../connection.ts";
import { type ConnectionState, type LinkLook, nothingThere } from "../contract/connection-state.ts";
import type { Alarm } from "../endpoint/deadlines.ts";
import type { Platform } from "../endpoint/platform.ts";
import { type Code, notExecuted, textOf, UpcallError } from "../errors.ts";
import { lostError } from "../failure/losses.ts";
import type { Interface } from "../interface/define.ts";
import { eventError } from "../observer.ts";
import type { ClientTerms, SharedSession, SharedWire } from "../session/contract.ts";
import { Backoff } from "./backoff.ts";

/** What a session is asked to tell. */
export type Told = Pick<ClientTerms, "onClosed" | "onDraining" | "onOpened">;

/** A connection to an address, and what shows the other side who this one is. */
export interface Reached {
  readonly connection: Connection;
  readonly token: string | null;
}

/** How connections and sessions are made: the composition hands it in. */
export interface LinkTerms {
  readonly platform: Platform;
  /** What their sessions speak. */
  readonly wire: Pick<SharedWire, "numbers" | "marshal">;
  /** A number from 0 up to 1. */
  readonly chance: () => number;
  /** Whether a connection that was lost is made again. */
  readonly reconnect: boolean;
  reach(url: string, signal: AbortSignal | undefined): Promise<Reached>;
  /** Errors leave the connection destroyed. */
  session(reached: Reached, interfaces: readonly Interface[], told: Told): SharedSession;
}

/** What connecting fails with that waiting would hardly help. */
const lasting: readonly Code[] = ["UNAUTHENTICATED", "PERMISSION_DENIED", "INVALID_ARGUMENT", "UNIMPLEMENTED"];

/** Who has links. */
export interface AddressLinkOwner {
  readonly numbers: Numbers;
  /** It is being connected to; what came of that is told by `opened` or `unreachable`. */
  connecting(link: Link): void;
  unreachable(link: Link, error: UpcallError): void;
  /** There is a session. */
  opened(link: Link): void;
  /** There is none any more, or none was made. */
  lost(link: Link): void;
  /** Its state may be another. */
  changed(): void;
}

export class Link {
  readonly url: string;
  /** The session that takes new calls; null while there is none. */
  session: SharedSession | null = null;
  /** Whether the other side refused the conversation: then waiting for it would hardly help. */
  refused = false;
  readonly #terms: LinkTerms;
  readonly #owner: AddressLinkOwner;
  #backoff: Backoff | null = null;
  /**
   * Why there is no session; null while there is one, and before the first try. Errors are made when they are asked
   * for.
   */
  #why: (() => UpcallError) | null = null;
  /** Sessions that take no new calls and are not gone yet. */
  #shutdown: Set<SharedSession> | null = null;
  /** This connection's numbers: the first so many are the owner's own, the others stand here. */
  #same = 0;
  #numbers: (number | undefined)[] | null = null;
  #since = 0;
  #timer: Alarm | null = null;
  #connecting: AbortController | null = null;
  #over = false;

  constructor(url: string, terms: LinkTerms, owner: AddressLinkOwner) {
    this.url = url;
    this.#terms = terms;
    this.#owner = owner;
  }

  /** Whether there is, or will be, something to wait for. */
  get hopeful(): boolean {
    return this.session !== null || this.#connecting !== null || (this.#timer !== null && !this.refused);
  }

  get state(): ConnectionState {
    if (this.session !== null) return this.session.state;
    if (this.#shutdown !== null && this.#shutdown.size > 0) return "draining";
    if (this.#over) return "closed";
    if (this.#why === null) return "connecting";
    return this.#timer === null && this.#connecting === null ? "closed" : "lost";
  }

  /** What it is and does now. */
  look(): LinkLook {
    const { session, url, state } = this;
    const error = eventError(this.error);
    if (session === null) return { ...nothingThere, state, url, peer: url, since: 0, error };
    return { ...session.look(), url, peer: session.peer, since: this.#since, error: null };
  }

  get failed(): boolean {
    return this.#why !== null;
  }

  /** Why there is no session; null while there is one, and before the first try. */
  get error(): UpcallError | null {
    return this.#why === null ? null : this.#why();
  }

  /**
   * The first connection, where there is no other address.
   * @throws the errors of connecting; then nothing is left open
   */
  async first(signal: AbortSignal | undefined): Promise<void> {
    this.begin(await this.#terms.reach(this.url, signal));
    if (this.#why === null) return;
    await this.close();
    throw this.error;
  }

  /** Tries it now. Its owner hears how that went. */
  connect(): void {
    const connecting = new AbortController();
    this.#connecting = connecting;
    this.#owner.connecting(this);
    this.#terms.reach(this.url, connecting.signal).then(
      (reached) => {
        if (this.#connecting === connecting) this.begin(reached);
        else reached.connection.destroy();
      },
      (thrown: unknown) => {
        if (this.#connecting !== connecting) return;
        const error = asUnreachable(this.url, thrown);
        this.#owner.unreachable(this, error);
        this.#failed(() => error, lasting.includes(error.code));
      },
    );
  }

  /** Begins a session on a connection to this address. */
  begin(reached: Reached): void {
    this.#connecting = null;
    const { numbers } = this.#owner;
    let session: SharedSession | null = null;
    // It may be over before it has begun.
    let over = false;
    try {
      session = this.#terms.session(reached, numbers.interfaces, {
        onClosed: (error) => {
          over = true;
          if (session !== null) this.#closed(session, error);
        },
        onDraining: () => this.leave(),
        onOpened: () => this.#owner.changed(),
      });
    } catch (error) {
      return this.#failed(() => asUnreachable(this.url, error), false);
    }
    if (over) return this.#failed(() => lostError(null, false, reached.connection.peer.toString()), false);
    this.session = session;
    this.#why = null;
    this.#since = this.#terms.platform.clock.now();
    this.#same = numbers.count;
    this.#numbers = null;
    this.#owner.opened(this);
    this.#owner.changed();
  }

  /** The session, where it takes calls and has the owner's own number for this method; most have. Null: look closer. */
  direct(number: number): SharedSession | null {
    const { session } = this;
    return session?.takes === true && number < this.#same ? session : null;
  }

  /** The session's number for one of the owner's. @throws the errors of announcing an interface */
  numberOf(session: SharedSession, number: number): number {
    if (number < this.#same) return number;
    return this.#numbers?.[number] ?? this.#announce(session, number);
  }

  /** The session takes no new calls: it is left to those that run, and another one is made. */
  leave(): void {
    const { session } = this;
    if (session === null) return;
    this.#shutdown ??= new Set();
    this.#shutdown.add(session);
    if (this.#over) {
      this.session = null;
      return this.#owner.changed();
    }
    const { error, peer } = session;
    this.#failed(() => error ?? lostError(null, false, peer), refusedBy(session, error));
  }

  /** Lets running calls finish, and makes no connection any more. */
  close(): Promise<void> {
    this.#over = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#connecting?.abort();
    this.#connecting = null;
    const closing = this.session?.close() ?? Promise.resolve();
    if (this.#shutdown === null) return closing;
    return Promise.all([closing, ...[...this.#shutdown].map((session) => session.close())]).then(() => {});
  }

  #announce(session: SharedSession, number: number): number {
    const { subject, index } = this.#owner.numbers.at(number);
    const known = session.announce(subject) + index;
    this.#numbers ??= [];
    this.#numbers[number] = known;
    return known;
  }

  #closed(session: SharedSession, cause: UpcallError | null): void {
    if (this.#shutdown?.delete(session) === true || this.session !== session) return this.#owner.changed();
    if (this.#over) {
      this.session = null;
      this.#owner.changed();
    } else this.#failed(() => lostError(cause, false, session.peer), refusedBy(session, cause));
  }

  #failed(why: () => UpcallError, refused: boolean): void {
    const { platform, chance, reconnect } = this.#terms;
    this.#backoff ??= new Backoff(chance);
    if (this.session !== null) this.#backoff.worked(platform.clock.now() - this.#since);
    this.session = null;
    this.#connecting = null;
    this.refused = refused;
    this.#why = why;
    if (reconnect && !this.#over) {
      this.#timer = platform.idleTimers.after(this.#backoff.next(), () => {
        this.#timer = null;
        this.connect();
      });
    }
    this.#owner.lost(this);
    this.#owner.changed();
  }
}

/** It was told why no conversation can be begun, and would be told again. */
function refusedBy({ load }: SharedSession, error: UpcallError | null): boolean {
  return load === Number.POSITIVE_INFINITY && error !== null && error.code !== "UNAVAILABLE";
}

function asUnreachable(url: string, cause: unknown): UpcallError {
  if (cause instanceof UpcallError) return cause;
  return notExecuted("UNAVAILABLE", "CONNECTION_LOST", `there is no connection to ${url}: ${textOf(cause)}`, cause);
}
