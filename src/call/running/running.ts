// The session, the callee's half: one call on its way into the object. It settles once, by the first of these: the
// method, its worker's death, or the end of the connection; then nothing more is sent for it.

import type { IncomingCall, Target } from "../../contract/callee.ts";
import type { Metadata } from "../../contract/caller.ts";
import { Timed } from "../../endpoint/deadlines.ts";
import type { Account } from "../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { UpcallError } from "../../errors.ts";
import type { Peer } from "../../peer.ts";
import { CallStreams } from "../call-streams.ts";
import { type Annotation, noAnnotation, withAnswer } from "./annotation.ts";

/** What is lent to a call until it is over. */
export interface Lent {
  endLending(): void;
}

/** What a running call asks of the session's half it belongs to. */
export interface RunningOwner {
  readonly endpoint: Endpoint;
  readonly peer: Peer;
  /** The connection's id; empty where it has none. */
  readonly connection: string;
  /** What the connection holds. */
  readonly account: Account;
  /** Its upcalls that have not settled. */
  readonly size: number;
  /** Who is at the other end of the connection. */
  readonly identity: unknown;
  watch(stage: "decode" | "upcall" | "return", call: RunningCall, bytes: number): void;
  expired(call: RunningCall): void;
  receive(call: RunningCall, args: unknown[], passing: boolean, lent: Lent[]): unknown[];
  returned(call: RunningCall, value: unknown): void;
  failed(call: RunningCall, error: UpcallError): void;
  body(call: RunningCall, failed: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void;
}

/** What a call has that carries something. */
class Load {
  /** What the arguments took along is held here. */
  read = false;
  /** The arguments, where they were passed on: what they took along is needed until the call is settled. */
  passed: readonly unknown[] = [];
  /** References in the arguments that were not kept beyond the call. */
  readonly lent: Lent[] = [];
  /** Its streams; null while it has none. */
  streams: CallStreams | null = null;
  /** Who made it, where a dispatcher knows that better than the connection; else undefined. */
  identity: unknown = undefined;
  /** Made when its signal is first asked for. */
  controller: AbortController | null = null;
  /** The message that it came in, where its method only borrows the arguments. */
  borrowed: Uint8Array | null = null;
  /** Why it was given up. */
  aborted: UpcallError | null = null;
  /** Bytes of its arguments that its dispatcher keeps until it is settled. */
  held = 0;
}

export class RunningCall extends Timed implements IncomingCall {
  readonly id: number;
  readonly target: Target;
  readonly oneway: boolean;
  peer: Peer;
  tag: unknown = null;
  settled = false;
  /** What it has beyond plain data; null for most. */
  load: Load | null = null;
  /** Its metadata, both ways. */
  annotation: Annotation = noAnnotation;
  /** It is in the tables of those that go on. */
  listed = false;
  readonly #owner: RunningOwner;

  constructor(owner: RunningOwner, id: number, target: Target, oneway: boolean, deadline: number) {
    super();
    this.#owner = owner;
    this.peer = owner.peer;
    this.id = id;
    this.target = target;
    this.oneway = oneway;
    // Up, so that the caller's own deadline is the first to pass.
    this.deadline = Math.ceil(deadline);
  }

  /** Its connection: which proxy it was made on is not said. */
  get order(): object {
    return this.#owner;
  }

  get connection(): string {
    return this.#owner.connection;
  }

  isOf(endpoint: object): boolean {
    return this.#owner.endpoint === endpoint;
  }

  get alone(): boolean {
    return this.#owner.size === 1;
  }

  get remaining(): number {
    // The deadline was that of its first item, which its reader looks after.
    if (this.settled && this.load?.streams?.flowing === true) return Number.POSITIVE_INFINITY;
    const left = this.deadline - this.#owner.endpoint.platform.clock.now();
    // By so much the wheel may be early; and a frame says how many whole ones are left.
    return left > 1 ? left : 0;
  }

  get metadata(): Metadata {
    return this.annotation.metadata;
  }

  set metadata(metadata: Metadata) {
    this.annotation = { ...this.annotation, metadata };
  }

  get ambient(): boolean {
    return this.#owner.endpoint.ambient;
  }

  get answered(): Metadata {
    return this.annotation.answer;
  }

  answer(metadata: Metadata): void {
    // A call that failed meanwhile is over for its caller. Here the caller has the result, and would wait for the
    // stream.
    if (this.settled && this.load?.streams?.flowing === true) throw answeredLate(this.target.entry.fullName);
    this.annotation = withAnswer(this.#owner.endpoint, this.annotation, metadata);
  }

  bind<P extends object>(proxy: P): P {
    return this.#owner.endpoint.platform.references.bound(proxy, this);
  }

  get identity(): unknown {
    const known = this.load === null ? undefined : this.load.identity;
    return known === undefined ? this.#owner.identity : known;
  }

  set identity(identity: unknown) {
    this.#loaded.identity = identity;
  }

  get #loaded(): Load {
    this.load ??= new Load();
    return this.load;
  }

  /** Made when it is first asked for. */
  get streams(): CallStreams {
    const load = this.#loaded;
    load.streams ??= new CallStreams({
      peer: this.peer.toString(),
      call: this.id,
      deadline: null,
      idle: this.target.entry.method.idleTimeout,
      signals: [],
      broken: (error) => this.abort(error),
    });
    return load.streams;
  }

  /** Made when it is first asked for: most methods never look. */
  get signal(): AbortSignal {
    const load = this.#loaded;
    if (load.controller === null) {
      load.controller = new AbortController();
      if (load.aborted !== null) load.controller.abort(load.aborted);
    }
    return load.controller.signal;
  }

  abort(reason: UpcallError): void {
    const load = this.#loaded;
    load.aborted ??= reason;
    // What listens is the object's code, and belongs to this call.
    const { ambient } = this.#owner.endpoint.platform;
    if (ambient === null) load.controller?.abort(reason);
    else ambient.run(this, () => load.controller?.abort(reason));
    load.streams?.abort(reason);
    // Its caller has done with it. Where the connection is gone that says more than that a lending is over.
    if (reason.reason !== "CONNECTION_LOST") endLending(load);
  }

  watch(stage: "decode" | "upcall" | "return", bytes: number): void {
    if (this.#owner.endpoint.observer !== null) this.#owner.watch(stage, this, bytes);
  }

  override expired(): void {
    if (!this.settled) this.#owner.expired(this);
  }

  receive(args: unknown[], passing: boolean): unknown[] {
    const load = this.#loaded;
    const received = this.#owner.receive(this, args, passing, load.lent);
    load.read = true;
    if (passing) load.passed = received;
    return received;
  }

  /** The method has the arguments in this message until the call is settled, and then its memory is used again. */
  borrow(message: Uint8Array): void {
    this.#loaded.borrowed = message;
  }

  hold(bytes: number): boolean {
    const { account } = this.#owner;
    if (!account.admits(bytes)) return false;
    this.#loaded.held += bytes;
    account.lend(bytes);
    return true;
  }

  /** It is settled: its dispatcher keeps nothing of it any more. */
  unhold(): void {
    if (this.load === null || this.load.held === 0) return;
    this.#owner.account.giveBack(this.load.held);
    this.load.held = 0;
  }

  returned(value: unknown): void {
    if (this.settled) return;
    this.#owner.returned(this, value);
    if (this.load !== null) this.#giveBack(this.load);
  }

  failed(error: UpcallError): void {
    if (this.settled) return;
    this.#owner.failed(this, error);
    if (this.load !== null) this.#giveBack(this.load);
  }

  returnedBody(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    if (!this.settled) this.#owner.body(this, false, bytes, start, end, owned);
  }

  failedBody(bytes: Uint8Array, start: number, end: number): void {
    if (!this.settled) this.#owner.body(this, true, bytes, start, end, false);
  }

  /** The call is over: so is the use of what was only lent to it; where its result is a stream, when that ends. */
  #giveBack(load: Load): void {
    if (load.streams?.flowing === true) load.streams.whenOver(() => endLending(load));
    else endLending(load);
    if (load.borrowed === null) return;
    const { limits, platform } = this.#owner.endpoint;
    platform.spare.takeBack(load.borrowed, limits.partialBytes);
    load.borrowed = null;
  }
}

function endLending(load: Load): void {
  for (const reference of load.lent.splice(0)) reference.endLending();
}

function answeredLate(fullName: string): UpcallError {
  return new UpcallError(
    "FAILED_PRECONDITION",
    `the metadata that ${fullName} answers goes with its result, and the stream was sent: answer before the first await of the generator, or before the method returns the stream`,
    { reason: "BAD_STATE" },
  );
}
