// The session, the callee's half: one call on its way into the object. It settles once, whoever is first: the method,
// its worker's death, or the end of the connection; then nothing more is sent for it.

import type { UpcallError } from "../../../errors.ts";
import type { IncomingCall, Target } from "../../contract.ts";
import { Timed } from "../../deadlines.ts";
import { CallStreams } from "../streams/call-streams.ts";

/** What a running call asks of the session's half it belongs to. */
export interface RunningOwner {
  readonly peer: string;
  readonly watched: boolean;
  /** Who is at the other end of the connection. */
  readonly identity: unknown;
  watch(stage: "decode" | "upcall" | "return", call: RunningCall, bytes: number): void;
  expired(call: RunningCall): void;
  receive(call: RunningCall, args: unknown[], passing: boolean): unknown[];
  returned(call: RunningCall, value: unknown): void;
  failed(call: RunningCall, error: UpcallError): void;
  body(call: RunningCall, failed: boolean, bytes: Uint8Array, start: number, end: number): void;
}

/** What a call has that carries something. */
class Load {
  /** What the arguments took along is held here. */
  read = false;
  /** The arguments, where they were passed on: what they took along is needed until the call is settled. */
  passed: readonly unknown[] = [];
  /** Its streams; null while it has none. */
  streams: CallStreams | null = null;
  /** Who made it, where a workplace knows that better than the connection; else undefined. */
  identity: unknown = undefined;
}

export class RunningCall extends Timed implements IncomingCall {
  readonly id: number;
  readonly target: Target;
  readonly oneway: boolean;
  peer: string;
  tag: unknown = null;
  settled = false;
  /** What it has beyond plain data; null for most. */
  load: Load | null = null;
  readonly #owner: RunningOwner;
  #abort: AbortController | null = null;
  #aborted: unknown = null;

  constructor(owner: RunningOwner, id: number, target: Target, oneway: boolean, deadline: number) {
    super();
    this.#owner = owner;
    this.peer = owner.peer;
    this.id = id;
    this.target = target;
    this.oneway = oneway;
    this.deadline = Math.ceil(deadline);
  }

  get identity(): unknown {
    const known = this.load === null ? undefined : this.load.identity;
    return known === undefined ? this.#owner.identity : known;
  }

  set identity(identity: unknown) {
    this.load ??= new Load();
    this.load.identity = identity;
  }

  /** Made when it is first asked for. */
  get streams(): CallStreams {
    const load = this.load ?? new Load();
    this.load = load;
    load.streams ??= new CallStreams({
      peer: this.peer,
      call: this.id,
      deadline: null,
      idle: this.target.entry.method.idleTimeout,
      signal: null,
      broken: (error) => this.abort(error),
    });
    return load.streams;
  }

  /** Made when it is first asked for: most methods never look. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#aborted !== null) this.#abort.abort(this.#aborted);
    }
    return this.#abort.signal;
  }

  abort(reason: UpcallError): void {
    this.#aborted ??= reason;
    this.#abort?.abort(reason);
    this.load?.streams?.abort(reason);
  }

  watch(stage: "decode" | "upcall" | "return", bytes: number): void {
    if (this.#owner.watched) this.#owner.watch(stage, this, bytes);
  }

  override expired(): void {
    if (!this.settled) this.#owner.expired(this);
  }

  receive(args: unknown[], passing: boolean): unknown[] {
    const received = this.#owner.receive(this, args, passing);
    const load = this.load ?? new Load();
    this.load = load;
    load.read = true;
    if (passing) load.passed = received;
    return received;
  }

  returned(value: unknown): void {
    if (!this.settled) this.#owner.returned(this, value);
  }

  failed(error: UpcallError): void {
    if (!this.settled) this.#owner.failed(this, error);
  }

  returnedBody(bytes: Uint8Array, start: number, end: number): void {
    if (!this.settled) this.#owner.body(this, false, bytes, start, end);
  }

  failedBody(bytes: Uint8Array, start: number, end: number): void {
    if (!this.settled) this.#owner.body(this, true, bytes, start, end);
  }
}
