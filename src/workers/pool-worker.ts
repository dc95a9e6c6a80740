// Workers: one worker of a pool, with the calls it has. It knows which of them were started, and so what can be said of
// them when the worker dies.

import { PassingOptions } from "../call/passing.ts";
import type { CallExtras } from "../call/pending/extras.ts";
import type { ReferenceCaller } from "../call/pending/reference-caller.ts";
import { Counters } from "../counters.ts";
import { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import type { ObservedEvent } from "../observer.ts";
import { localPeer } from "../peer.ts";
import type { PassingSession } from "../session/contract.ts";
import { poolWire } from "../session/wires.ts";
import type { Loss } from "./lost-workers.ts";
import { ownObjects } from "./own-objects.ts";
import { type CallHolder, PoolCall } from "./pool-call.ts";
import { poolHeaderOf } from "./pool-header.ts";
import { machineTime, reached } from "./progress.ts";
import type { Ending, WorkerHandle } from "./worker-contract.ts";
import { LinkConnection, linkLimits } from "./worker-link.ts";

export interface PoolWorkerOwner {
  /** The worker is ready, so there is room for a call. */
  room(member: PoolWorker): void;
  /** The worker ended this call, so there is room for another one. */
  done(call: PoolCall): void;
  /** The worker is gone: gives what those are told who had calls there. */
  lost(ending: Ending): Loss;
  /** The worker died, or must be ended, before it started this call. */
  move(call: PoolCall): void;
}

/**
 * As so many calls counts a long one whose pieces are on their way: what comes from the same caller meanwhile would have to
 * wait for the last of them here, and goes to another worker.
 */
const weightOfLongCall = 16;

/** Calls whose ids are known once they are over: events of them may come later. */
const mostNoted = 16_384;

export class PoolWorker implements CallHolder {
  readonly handle: WorkerHandle;
  /** Calls it has; a long one counts as several while it is on its way. */
  load = 0;
  /** Calls it answered. */
  answered = 0;
  /** It was ended by its owner. */
  ended = false;
  /** Why it was never ready; null where it was, or may still be. */
  unready: UpcallError | null = null;
  /** How it ended, and what those are told whose calls it had; null before. */
  ending: Ending | null = null;
  loss: Loss | null = null;
  readonly #endpoint: Endpoint;
  readonly #link: LinkConnection;
  readonly #owner: PoolWorkerOwner;
  readonly #session: PassingSession;
  /** The id of the call that it got last; 0 before. */
  #last = 0;
  /** One of the calls that it has not begun, and when it was first seen; 0 where there was none. */
  #probe = 0;
  #probed = 0;
  #ready = false;
  /** The calls of the worker's own ids, while there is an observer that may be told of them. */
  readonly #noted: Map<number, { readonly id: number; readonly connection: string }> = new Map();

  /** @param home the server's, whose limits and counters these are */
  constructor(endpoint: Endpoint, handle: WorkerHandle, interfaces: readonly Interface[], owner: PoolWorkerOwner) {
    this.handle = handle;
    this.#endpoint = endpoint;
    this.#owner = owner;
    this.#link = new LinkConnection(handle.connection);
    const { platform, limits, onError, expose } = endpoint;
    const link = new Endpoint(platform, linkLimits(limits), new Counters(), null, null, onError, expose);
    const owned = localPeer(handle.name);
    const terms = { dispatcher: ownObjects(link), interfaces, timeout: endpoint.limits.timeoutMost };
    this.#session = poolWire.passing(link, this.#link, terms, (options) => {
      const until = machineTime() + (options?.timeout ?? endpoint.limits.timeout);
      return options instanceof PassingOptions
        ? poolHeaderOf(endpoint.ownEncoder, until, options.peer, options.identity)
        : poolHeaderOf(endpoint.ownEncoder, until, owned, null);
    });
    handle.ready.then(
      () => {
        this.#ready = true;
        owner.room(this);
      },
      (error: UpcallError) => {
        this.unready = error;
      },
    );
    void handle.gone.then((ending) => {
      this.ending = this.ended ? { ...ending, how: "was ended, because an upcall in it did not stop" } : ending;
      this.loss = owner.lost(this.ending);
      this.#link.lost(this.#lostError(""));
    });
  }

  /** Whether calls can be given to it. */
  get open(): boolean {
    return this.#ready && !this.ended && this.loss === null && this.#session.error === null;
  }

  /** Whose a call in the worker is here; while there is no observer nothing is noted down. */
  translated(event: ObservedEvent): ObservedEvent {
    if (event.event !== "stage") return event;
    const known = this.#noted.get(event.id);
    return { ...event, id: known?.id ?? 0, connection: known?.connection ?? "" };
  }

  #note({ id, incoming }: PoolCall): void {
    if (id === 0) return;
    const [oldest] = this.#noted.keys();
    if (oldest !== undefined && this.#noted.size >= mostNoted) this.#noted.delete(oldest);
    this.#noted.set(id, { id: incoming.id, connection: incoming.connection });
  }

  take(call: PoolCall): void {
    const { target, object, args, metadata, incoming } = call;
    const number = this.#session.announce(target.subject) + target.index;
    call.member = this;
    call.weight = call.tail === null ? 1 : weightOfLongCall;
    this.load += call.weight;
    try {
      if (args === null) this.#session.calls.pass(call, number, object, metadata, incoming.order);
      else this.#carry(call, number, args);
      // A long message is on its way for a while, and others pass it: the worker does not keep it waiting.
      if (call.id !== 0 && call.tail === null) this.#last = call.id;
      if (this.#endpoint.observer !== null) this.#note(call);
    } catch (error) {
      // What it carries cannot be sent, or its object was given back.
      this.#rid(call);
      call.incoming.failed(error as UpcallError);
    }
  }

  #carry(call: PoolCall, number: number, args: readonly unknown[]): void {
    const { object, metadata, incoming } = call;
    const left = Math.max(1, incoming.deadline - this.#endpoint.platform.clock.now());
    call.deadline = Math.ceil(incoming.deadline);
    const options = new PassingOptions(left, undefined, incoming);
    this.#session.calls.passValues(call, number, object, metadata, args, options, incoming.order);
  }

  /** Calls that it has and has not begun, as far as its marks tell. */
  get unbegun(): number {
    if (this.load === 0 || this.#last === 0) return 0;
    const { started } = this.handle.progress;
    return reached(started, this.#last) ? 0 : Math.min(this.load, (this.#last - started) >>> 0);
  }

  /** Milliseconds that a call of it has waited to be begun, at least. */
  waited(now: number): number {
    if (this.load === 0 || (this.#probe !== 0 && reached(this.handle.progress.started, this.#probe))) this.#probe = 0;
    if (this.#probe === 0 && this.unbegun > 0) {
      this.#probe = this.#last;
      this.#probed = now;
    }
    return this.#probe === 0 ? 0 : now - this.#probed;
  }

  /** Whether a reference is to an object in this worker. */
  has(reference: ReferenceCaller): boolean {
    return reference.line === this.#session;
  }

  done(call: PoolCall): void {
    if (this.#endpoint.observer !== null) this.#note(call);
    this.#rid(call);
    this.answered++;
    this.#owner.done(call);
  }

  lighter(call: PoolCall): void {
    this.load -= call.weight - 1;
    call.weight = 1;
  }

  #rid(call: PoolCall): void {
    this.load -= call.weight;
    call.member = null;
  }

  /** At its deadline at the latest: the worker has the grace to end it. */
  cancel(call: PoolCall): void {
    if (this.#session.calls.withdraw(call)) {
      this.#rid(call);
      return this.#owner.move(call);
    }
    this.#endBy(call, call.incoming.deadline + this.#endpoint.limits.grace);
    this.#session.calls.tellCancelled(call);
  }

  /** Gives a call that its worker has a deadline on the link, unless it has one. */
  #endBy(call: PoolCall, deadline: number): void {
    if (call.settled || call.after !== null) return;
    call.deadline = deadline;
    this.#endpoint.platform.deadlines.add(call);
  }

  read(call: PoolCall, extras: CallExtras, bytes: Uint8Array, start: number, end: number): unknown {
    return this.#session.calls.results.read(call, extras, bytes, start, end);
  }

  failed(call: PoolCall, error: UpcallError): void {
    this.#rid(call);
    const started = this.#started(call);
    if (this.open) this.#late(call, started, error);
    else if (!started) this.#owner.move(call);
    else
      call.incoming.failed(
        this.#lostError(` while ${call.target.entry.fullName} ran; whether it did its work is not known`),
      );
  }

  /** @param clause what that means for a call, as the end of a sentence */
  #lostError(clause: string): UpcallError {
    const { why, incident } = this.loss ?? { why: "the worker was ended", incident: null };
    const where = incident === null ? "" : `; the server's log has more under ${incident}`;
    const terms = { reason: "WORKER_LOST", outcome: "unknown", incident } as const;
    return new UpcallError("UNAVAILABLE", `${why}${clause}${where}`, terms);
  }

  /** Lets its calls finish as long as a caller may wait for them, then ends it. */
  async close(): Promise<void> {
    const { limits, platform } = this.#endpoint;
    this.#link.closing = true;
    if (!this.#ready) return await this.handle.end();
    // The callers had the drain limit already.
    const timer = platform.clock.after(limits.grace, () => void this.handle.end());
    timer.keepAlive(true);
    await this.#session.close();
    // It exits by itself: what the object's code wants to do then, it can.
    await this.handle.gone;
    timer.cancel();
  }

  #started(call: PoolCall): boolean {
    return call.id !== 0 && reached(this.handle.progress.started, call.id);
  }

  /** The worker lives, but gave no answer until the deadline and the grace were over. */
  #late(call: PoolCall, started: boolean, error: UpcallError): void {
    const { limits, counters } = this.#endpoint;
    const { fullName } = call.target.entry;
    if (started) {
      call.incoming.failed(
        new UpcallError(
          "DEADLINE_EXCEEDED",
          `${fullName} went on for ${limits.grace} ms after its deadline, so its worker was ended`,
          { reason: "WORKER_STUCK", outcome: "unknown", cause: error },
        ),
      );
    } else {
      counters.expired++;
      call.incoming.failed(
        notExecuted(
          "DEADLINE_EXCEEDED",
          "EXPIRED",
          `the deadline of ${fullName} passed before its worker came to it`,
          error,
        ),
      );
      if (this.#busy()) return;
    }
    counters.workersEnded++;
    this.ended = true;
    void this.handle.end();
  }

  /** Whether a call that has time left runs: then the others wait for their turn, and the worker is not to blame. */
  #busy(): boolean {
    const late = this.#endpoint.platform.clock.now() - this.#endpoint.limits.grace;
    return this.#session.calls.sent.some(
      (call) => call instanceof PoolCall && call.incoming.deadline > late && this.#started(call),
    );
  }
}
