// Workers: one worker of a pool, with the calls it has. It knows which of them were started, and so what can be said of
// them when the worker dies.

import { Counters } from "../counters.ts";
import { UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import type { IncomingCall } from "../session/contract.ts";
import type { PendingCall, RawReply } from "../session/native/calling/pending.ts";
import { Session } from "../session/native/session.ts";
import { nothingServed } from "../session/nothing.ts";
import { Household } from "../session/platform.ts";
import type { WorkerHandle } from "./contract.ts";
import { LinkConnection, linkLimits } from "./link.ts";
import type { PoolTarget } from "./target.ts";

/** A call of a pool: its marshalled arguments stay here until it is settled, for it may have to move. */
export class PoolCall implements RawReply {
  readonly call: IncomingCall;
  readonly target: PoolTarget;
  readonly body: Uint8Array;
  /** Where it is; null while it waits. */
  member: Member | null = null;
  pending: PendingCall | null = null;
  /** Milliseconds on the clock at which it began to wait. */
  since = 0;

  constructor(call: IncomingCall, target: PoolTarget, body: Uint8Array) {
    this.call = call;
    this.target = target;
    this.body = body;
  }

  returnedBody(bytes: Uint8Array, start: number, end: number): void {
    this.member?.done(this);
    this.call.returnedBody(bytes, start, end);
  }

  failedBody(bytes: Uint8Array, start: number, end: number): void {
    this.member?.done(this);
    this.call.failedBody(bytes, start, end);
  }

  /** The link says that no reply will come: the worker is gone, or did not answer in time and has to go. */
  failed(error: UpcallError): void {
    this.member?.failed(this, error);
  }
}

export interface MemberOwner {
  /** A call is settled: there is room for another one. */
  room(): void;
  /** The worker died, or must be ended, before it started this call. */
  move(call: PoolCall): void;
}

export class Member {
  readonly handle: WorkerHandle;
  readonly #home: Household;
  readonly #link: LinkConnection;
  readonly #owner: MemberOwner;
  readonly #session: Session;
  readonly #calls: Set<PoolCall> = new Set();
  #how: string | null = null;

  /** @param home the server's, whose limits and counters these are */
  constructor(home: Household, handle: WorkerHandle, interfaces: readonly Interface[], owner: MemberOwner) {
    this.handle = handle;
    this.#home = home;
    this.#owner = owner;
    this.#link = new LinkConnection(handle.connection);
    const link = new Household(home.platform, linkLimits(home.limits), new Counters(), null);
    this.#session = new Session(link, this.#link, {
      role: "connected",
      workplace: nothingServed,
      interfaces,
      timeout: home.limits.timeoutMost,
      onClosed: () => {},
    });
    void handle.gone.then((how) => {
      this.#how = how;
      this.#session.closed(new UpcallError("UNAVAILABLE", how, { reason: "WORKER_LOST", outcome: "unknown" }));
    });
  }

  /** Calls it has. */
  get load(): number {
    return this.#calls.size;
  }

  /** Whether calls can be given to it. */
  get open(): boolean {
    return this.#how === null && this.#session.error === null;
  }

  take(call: PoolCall): void {
    const { clock } = this.#home.platform;
    const { target } = call;
    const first = this.#session.announce(target.subject);
    const remaining = Math.max(1, Math.ceil(call.call.deadline - clock.now()));
    call.member = this;
    this.#calls.add(call);
    call.pending = this.#session.calls.callRaw(
      first + target.index,
      target.entry,
      call.body,
      remaining,
      call.call.deadline + this.#home.limits.grace,
      call,
    );
  }

  done(call: PoolCall): void {
    this.#calls.delete(call);
    call.member = null;
    this.#owner.room();
  }

  /** The caller does not want it any more: the upcall's signal aborts. */
  cancel(call: PoolCall): void {
    if (call.pending !== null) this.#session.calls.tellCancelled(call.pending);
  }

  failed(call: PoolCall, error: UpcallError): void {
    this.#calls.delete(call);
    call.member = null;
    if (this.open) {
      // No reply long after the deadline: the upcall will not stop. Ending the worker settles what else it has.
      this.#home.counters.workersEnded++;
      call.call.failed(
        new UpcallError(
          "DEADLINE_EXCEEDED",
          `${call.target.entry.fullName} went on for ${this.#home.limits.grace} ms after its deadline, so its worker was ended`,
          { reason: "WORKER_STUCK", outcome: "unknown", cause: error },
        ),
      );
      void this.handle.end();
      return;
    }
    const started = call.pending !== null && call.pending.id <= this.handle.marks.started;
    if (!started) return this.#owner.move(call);
    call.call.failed(
      new UpcallError(
        "UNAVAILABLE",
        `${this.#how ?? "the worker is gone"} while ${call.target.entry.fullName} ran; whether it did its work is not known`,
        { reason: "WORKER_LOST", outcome: "unknown", cause: error },
      ),
    );
  }

  /** Lets its calls finish, then ends it. */
  async close(): Promise<void> {
    this.#link.closing = true;
    await this.#session.close();
    await this.handle.end();
  }
}
