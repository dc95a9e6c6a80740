// Addresses: who carries the calls of a proxy that knows several addresses, or one whose connection may have to be made
// again. Each call goes to the open connection with the fewest calls in flight; while none is open, it waits.

import { listen, unlisten } from "../aborts.ts";
import { endFor } from "../call/current-call.ts";
import { Numbers } from "../call/numbers.ts";
import type { Caller, CallOptions, Pipelined } from "../contract/caller.ts";
import type { ConnectionState, LinkLook, Standing } from "../contract/connection-state.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { States } from "../endpoint/states.ts";
import { watchConnection } from "../endpoint/watch-connection.ts";
import { notExecuted, textOf, type UpcallError } from "../errors.ts";
import { closedError } from "../failure/losses.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import type { SharedWire } from "../session/contract.ts";
import { type AddressLinkOwner, Link, type LinkTerms } from "./address-link.ts";
import { OfflineQueue } from "./offline-queue.ts";
import { Unready, unanswered } from "./unready.ts";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Addresses implements Caller, AddressLinkOwner, Standing {
  /** Its own numbers for methods: those of its sessions differ. */
  readonly numbers: Numbers;
  readonly #endpoint: Endpoint;
  readonly #timeout: number;
  readonly #wire: Pick<SharedWire, "numbers" | "marshal">;
  readonly #links: readonly Link[];
  /** Where there is one address. */
  readonly #only: Link | null;
  /** Made when the first call has to wait. */
  #made: OfflineQueue | null = null;
  /** The one that had the last call: looking begins after it, so that those that are alike have their turns. */
  #turn = 0;
  /** Waits for the first connection. */
  #first: Waiter | null = null;
  /** Those who wait until a greeting was answered. */
  #unready: Unready | null = null;
  /** Made when a function is first to be told of states. */
  #states: States | null = null;
  #closing: Promise<void> | null = null;

  /**
   * @param urls    at least one
   * @param timeout milliseconds of a call when neither it nor its method says anything
   */
  constructor(endpoint: Endpoint, urls: readonly string[], terms: LinkTerms, timeout: number) {
    this.#endpoint = endpoint;
    this.#timeout = timeout;
    this.#wire = terms.wire;
    this.numbers = new Numbers(Math.min(endpoint.limits.announced, terms.wire.numbers));
    this.#links = urls.map((url) => new Link(url, terms, this));
    this.#only = this.#links.length === 1 ? (this.#links[0] ?? null) : null;
  }

  get peer(): string {
    return this.#best()?.session?.peer ?? this.#links.map(({ url }) => url).join(", ");
  }

  /** The best of its links' states. */
  get state(): ConnectionState {
    const states = this.#links.map(({ state }) => state);
    if (this.#closing !== null) return states.every((state) => state === "closed") ? "closed" : "draining";
    return best.find((state) => states.includes(state)) ?? "closed";
  }

  get links(): readonly LinkLook[] {
    return this.#links.map((link) => link.look());
  }

  onState(told: (state: ConnectionState) => void): Disposable {
    this.#states ??= new States(this.#endpoint.platform.hooks, this.state);
    return this.#states.add(told);
  }

  /**
   * Fulfilled when a greeting was answered by one of them; waits for that as long as a call would.
   * @throws UpcallError when it will not be so: UNAUTHENTICATED for a wrong token, UNAVAILABLE, DEADLINE_EXCEEDED
   *   (TIMEOUT)
   */
  async ready(): Promise<void> {
    if (this.state === "connected") return;
    const error = this.#refused();
    if (error !== null) throw error;
    this.#unready ??= new Unready(this.#endpoint.platform.deadlines);
    await this.#unready.wait(this.#timeout, () => unanswered(this.#urls, this.#timeout));
  }

  changed(): void {
    if (this.#unready === null && this.#states === null) return;
    const { state } = this;
    this.#states?.now(state);
    if (state === "connected") this.#unready?.ready();
    else if (this.#unready !== null) this.#unready.refused(this.#refused());
  }

  /** Calls that wait because no connection is open. */
  get waiting(): number {
    return this.#made?.size ?? 0;
  }

  /**
   * Connects to all; fulfilled with the first connection.
   * @throws the errors of connecting, when every address was tried and none could be reached; CANCELLED (ABORTED)
   */
  open(signal: AbortSignal | undefined): Promise<void> {
    return this.#only === null ? this.#openAny(signal) : this.#only.first(signal);
  }

  async #openAny(signal: AbortSignal | undefined): Promise<void> {
    const onAbort = (): void => this.#first?.reject(givenUp(this.peer, signal?.reason));
    try {
      await new Promise<void>((resolve, reject) => {
        this.#first = { resolve, reject };
        if (signal?.aborted === true) return onAbort();
        listen(signal, onAbort);
        for (const link of this.#links) link.connect();
      });
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      this.#first = null;
      unlisten(signal, onAbort);
    }
  }

  announce(subject: Interface): number {
    return this.numbers.first(subject);
  }

  call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Promise<unknown> {
    const session = this.#only === null ? null : this.#only.direct(number);
    if (session !== null) return session.call(number, entry, args, options, order);
    return this.#choose(number, entry, args, options, order);
  }

  #choose(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Promise<unknown> {
    const link = this.#best();
    if (link === null || link.session === null) return this.#wait(number, entry, args, options, order);
    const { session } = link;
    let known: number;
    try {
      known = link.numberOf(session, number);
    } catch (error) {
      return Promise.reject(error as UpcallError);
    }
    return session.call(known, entry, args, options, order);
  }

  pipeline(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Pipelined {
    try {
      const link = this.#best();
      if (link !== null && link.session !== null)
        return link.session.pipeline(link.numberOf(link.session, number), entry, args, options, order);
      const error = this.#refused();
      if (error === null) return this.#away.pipeline(this.peer, number, entry, args, options, order);
      throw error;
    } catch (error) {
      return { result: Promise.reject(error as UpcallError), target: this, taken: () => {} };
    }
  }

  /**
   * Asks the connection that the next call would go to.
   * @throws UpcallError UNAVAILABLE where there is none, and those of a session
   */
  async ping(): Promise<void> {
    const session = this.#best()?.session ?? null;
    if (session === null) throw this.#refused() ?? this.#unreachable();
    await session.ping();
  }

  /** No new calls; those that run may finish, up to the drain limit. What waits for a connection is not sent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return endFor(this.#endpoint, this.#closing, Promise.resolve());
  }

  #close(): Promise<void> {
    if (this.#made !== null) this.#made.fail(closedError(this.peer));
    const closings = this.#links.map((link) => link.close());
    // What is said of it is that it is closing, once this is known to be so.
    queueMicrotask(() => this.changed());
    return closings.length === 1 && closings[0] !== undefined ? closings[0] : Promise.all(closings).then(() => {});
  }

  connecting({ url }: Link): void {
    if (this.#endpoint.observer !== null) watchConnection(this.#endpoint, "connecting", { ...ofLink, peer: url }, null);
  }

  unreachable({ url }: Link, error: UpcallError): void {
    if (this.#endpoint.observer !== null) watchConnection(this.#endpoint, "lost", { ...ofLink, peer: url }, error);
  }

  opened(link: Link): void {
    const { session } = link;
    if (session === null) return;
    this.#made?.release(session, (number) => link.numberOf(session, number));
    this.#first?.resolve();
  }

  lost(_link: Link): void {
    if (this.#links.some(({ session }) => session !== null)) return;
    if (this.#made !== null && this.#made.size > 0) {
      const error = this.#refused();
      if (error !== null) this.#made.fail(error);
    }
    if (this.#first !== null && this.#links.every(({ failed }) => failed)) this.#first.reject(this.#unreachable());
  }

  get #away(): OfflineQueue {
    this.#made ??= new OfflineQueue(this.#endpoint, this.#wire, this.#timeout, () => this.#unreachable());
    return this.#made;
  }

  /** The link whose session takes the next call; null where none does. */
  #best(): Link | null {
    const count = this.#links.length;
    if (this.#only !== null) return takes(this.#only) ? this.#only : null;
    let best: Link | null = null;
    let fewest = Number.POSITIVE_INFINITY;
    const last = this.#turn;
    for (let i = 1; i <= count; i++) {
      const turn = (last + i) % count;
      const link = this.#links[turn];
      if (link === undefined || link.session === null || !takes(link)) continue;
      const { load } = link.session;
      // One whose greeting is not answered has its turn where there is no other.
      if (best !== null && load >= fewest) continue;
      fewest = load;
      best = link;
      this.#turn = turn;
    }
    return best;
  }

  #wait(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Promise<unknown> {
    const error = this.#refused();
    if (error !== null) return Promise.reject(error);
    return this.#away.call(this.peer, number, entry, args, options, order);
  }

  /** Why a call that finds no connection does not wait for one; null where it does. */
  #refused(): UpcallError | null {
    if (this.#closing !== null) return closedError(this.peer);
    if (this.#first !== null || this.#links.some(({ hopeful }) => hopeful)) return null;
    return this.#unreachable();
  }

  /** Why there is no connection now. */
  #unreachable(): UpcallError {
    const errors = this.#links.flatMap(({ error }) => (error === null ? [] : [error]));
    const [first] = errors;
    if (first === undefined)
      return notExecuted("UNAVAILABLE", "CONNECTION_LOST", `there is no connection to ${this.#urls} now`);
    const told = errors.length === 1 ? first.message : errors.map(({ message }) => message).join("; ");
    const cause = errors.length === 1 ? first : new AggregateError(errors, told);
    const text = this.#links.length === 1 ? told : `none of ${this.#links.length} addresses can be reached: ${told}`;
    return notExecuted(first.code, first.reason, text, cause);
  }

  get #urls(): string {
    return this.#links.map(({ url }) => url).join(", ");
  }
}

/** Of a connection that is not there yet. */
const ofLink = { side: "caller", connection: "", identity: null } as const;

/** Of several states the one that says most of what calls can expect. */
const best: readonly ConnectionState[] = ["connected", "connecting", "draining", "lost", "closed"];

/**
 * A session that has ended, or that the other side ended, is left at once, although its connection is not closed yet.
 */
function takes(link: Link): boolean {
  const { session } = link;
  if (session === null) return false;
  if (session.takes) return true;
  link.leave();
  return false;
}

function givenUp(urls: string, reason: unknown): UpcallError {
  return notExecuted(
    "CANCELLED",
    "ABORTED",
    `connecting to ${urls} was cancelled by its signal (${textOf(reason)})`,
    reason,
  );
}
