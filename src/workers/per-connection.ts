// Workers: one for each connection, with the whole session in it: the lecture's threaded and forking servers, with a
// bound. A process gets the accepted socket itself, a thread gets its bytes; neither is started before the caller has
// said something, and has greeted and may come in where its wire has a greeting.

import type { Timer } from "../clock.ts";
import type { Connection } from "../connection.ts";
import { nothingThere, type SessionLook } from "../contract/connection-state.ts";
import { addCounters } from "../counters.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";
import { draining } from "../failure/call-refusals.ts";
import type { ObservedEvent } from "../observer.ts";
import { localPeer } from "../peer.ts";
import { AcceptFilter, type AcceptFilterTerms } from "../session/accept-filter.ts";
import type { ServerSession, Wire } from "../session/contract.ts";
import { type Loss, LostWorkers, noWorker } from "./lost-workers.ts";
import { ObservedWorkers } from "./observing.ts";
import { machineTime } from "./progress.ts";
import { relay } from "./relay.ts";
import { accessHooksKnowing } from "./secrets.ts";
import type { Ending, StartWorker, WorkerHandle, WorkerTask } from "./worker-contract.ts";

/** Milliseconds between two looks at whether an upcall is long over its deadline. */
const lookEveryMs = 250;

/** As what the server keeps of it. */
class GuestSession implements ServerSession {
  readonly #guest: Guest;
  readonly close: () => Promise<void>;

  constructor(guest: Guest, close: () => Promise<void>) {
    this.#guest = guest;
    this.close = close;
  }

  get worker(): string | null {
    return this.#guest.handle?.name ?? null;
  }

  look(): SessionLook {
    return this.#guest.said;
  }
}

class Guest {
  readonly step: AcceptFilter;
  /** A running number on this side, by which a connection is known whose wire has no names for them. */
  readonly #number: number;
  handle: WorkerHandle | null = null;
  /** Fulfilled when its connection is gone, and its worker with it. */
  readonly over: Promise<void>;
  /** Its connection is gone. */
  closed: () => void = () => {};
  isOver = false;
  /** What its worker said last of its session. */
  said: SessionLook = { ...nothingThere, state: "connecting" };
  /** Runs while it waits for a worker. */
  timer: Timer | null = null;

  constructor(
    endpoint: Endpoint,
    connection: Connection,
    terms: Pick<AcceptFilterTerms, "wire" | "accessHooks">,
    owner: PerConnection,
  ) {
    this.over = new Promise((resolve) => {
      this.closed = () => {
        this.isOver = true;
        resolve();
      };
    });
    this.#number = endpoint.counters.connections;
    const events = { admitted: () => owner.admitted(this), gone: () => owner.gone(this) };
    this.step = new AcceptFilter(endpoint, connection, { ...terms, ...events });
  }

  /** Its worker said how its session is. */
  told(look: SessionLook): void {
    this.said = { ...look, id: this.#named(look.id) };
  }

  /** An event of its worker. */
  translated(event: ObservedEvent): ObservedEvent {
    return { ...event, connection: this.#named(event.connection) };
  }

  /** The worker has one connection, and this side has many. */
  #named(id: string): string {
    return id.startsWith("plain-") ? `plain-${this.#number}` : id;
  }
}

export class PerConnection {
  readonly #endpoint: Endpoint;
  readonly #task: WorkerTask;
  readonly #start: StartWorker;
  readonly #busy: UpcallError;
  readonly #terms: Pick<AcceptFilterTerms, "wire" | "accessHooks">;
  readonly #workers: Set<WorkerHandle> = new Set();
  /** Those of them that were ended from here. */
  readonly #ended: WeakSet<WorkerHandle> = new WeakSet();
  readonly #waiting: Set<Guest> = new Set();
  readonly #lost: LostWorkers;
  readonly #observed: ObservedWorkers;
  #looking = false;

  /** @param busy what a caller is told where no worker is free */
  constructor(endpoint: Endpoint, task: WorkerTask, wire: Wire, start: StartWorker, busy: UpcallError) {
    this.#endpoint = endpoint;
    this.#lost = new LostWorkers(endpoint);
    this.#observed = new ObservedWorkers(endpoint);
    this.#task = task;
    this.#start = start;
    this.#busy = busy;
    const { duty } = task;
    this.#terms = { wire, accessHooks: duty.name === "session" ? accessHooksKnowing(duty.secrets) : null };
  }

  /** Starts one worker and ends it again, so that a module that cannot be loaded is said when serving. */
  async try(): Promise<void> {
    const handle = this.#start(this.#task, localPeer("a server that starts"));
    try {
      await handle.ready;
    } finally {
      await handle.end();
    }
  }

  /** Gives a connection a worker once it has greeted, or lets it wait for one; `closed` is told when it is gone. */
  take(connection: Connection, closed: () => void): GuestSession {
    const guest = new Guest(this.#endpoint, connection, this.#terms, this);
    void guest.over.then(closed);
    return new GuestSession(guest, () => this.#close(guest));
  }

  /** It may have a worker. */
  admitted(guest: Guest): void {
    if (this.#workers.size < this.#endpoint.limits.workersPerConnection) this.#begin(guest);
    else this.#wait(guest);
  }

  /** It is gone before it had one, or before its own was ready. */
  gone(guest: Guest): void {
    guest.timer?.cancel();
    if (guest.handle !== null) this.#end(guest.handle);
    this.#waiting.delete(guest);
    guest.closed();
  }

  async #close(guest: Guest): Promise<void> {
    const { handle } = guest;
    if (handle === null) {
      this.#waiting.delete(guest);
      guest.step.refuse(draining());
      return await guest.over;
    }
    const { platform, limits } = this.#endpoint;
    handle.drain();
    // One that is in a loop does not hear of it.
    const timer = platform.clock.after(limits.drain + limits.grace, () => this.#end(handle));
    timer.keepAlive(true);
    await guest.over;
    timer.cancel();
  }

  #begin(guest: Guest): void {
    const { step } = guest;
    const handle = this.#start(this.#task, step.peer);
    this.#observed.add(
      handle,
      (event) => guest.translated(event),
      (look) => guest.told(look),
    );
    guest.handle = handle;
    this.#workers.add(handle);
    this.#endpoint.counters.workersStarted++;
    let joined: Promise<void> | null = null;
    let unready: UpcallError | null = null;
    // Until then its caller can be told that there is no worker for it.
    handle.ready.then(
      () => {
        this.#lost.ready(handle.name);
        if (!guest.isOver) joined = this.#join(step, handle);
      },
      (error: UpcallError) => {
        unready = error;
      },
    );
    void handle.gone.then(async (ending) => {
      const counted = handle.counted();
      this.#workers.delete(handle);
      addCounters(this.#endpoint.counters, counted);
      const lost = counted === null && !this.#ended.has(handle) ? this.#tell(ending, unready) : null;
      this.#next();
      if (joined === null) return step.refuse(lost === null ? draining() : noWorker(lost, unready));
      // A thread that is done has given us all its bytes, and not all of them may be with the caller yet.
      if (counted === null || handle.give !== null) step.destroy();
      await joined;
      guest.closed();
    });
    this.#watch();
  }

  /** Fulfilled when what the worker said has reached the caller; at once where they talk without us. */
  async #join(step: AcceptFilter, handle: WorkerHandle): Promise<void> {
    const { give, connection } = handle;
    if (give === null) {
      const { wire } = this.#terms;
      return await new Promise((resolve) => relay(this.#endpoint, wire, step, connection, resolve));
    }
    const { inner } = step;
    // The composition has seen to it that there are none of these.
    if (inner.handOver === undefined) return step.destroy();
    const kept = step.take();
    const { socket, before } = inner.handOver();
    give({ socket, before: new Uint8Array(Buffer.concat([...kept, before])) }, inner.peer);
  }

  /** It ended without being asked to. */
  #tell(ending: Ending, unready: UpcallError | null): Loss {
    this.#endpoint.counters.workersLost++;
    return this.#lost.tell(ending, this.#lost.lost(ending), unready, "its connection is closed");
  }

  #wait(guest: Guest): void {
    this.#waiting.add(guest);
    guest.timer = this.#endpoint.platform.clock.after(this.#endpoint.limits.queueTime, () => this.#turnAway(guest));
  }

  #next(): void {
    for (const guest of this.#waiting) {
      if (this.#workers.size >= this.#endpoint.limits.workersPerConnection) return;
      this.#waiting.delete(guest);
      guest.timer?.cancel();
      this.#begin(guest);
    }
  }

  #turnAway(guest: Guest): void {
    if (!this.#waiting.delete(guest)) return;
    guest.timer?.cancel();
    this.#endpoint.counters.connectionsRefused++;
    guest.step.refuse(this.#busy);
  }

  #watch(): void {
    if (this.#looking || this.#workers.size === 0) return;
    this.#looking = true;
    this.#endpoint.platform.clock.after(lookEveryMs, () => this.#look());
  }

  /** Ends workers whose upcall is in a loop: they cannot end themselves. */
  #look(): void {
    this.#looking = false;
    const late = machineTime() - this.#endpoint.limits.grace;
    for (const handle of this.#workers) {
      const { until } = handle.progress;
      if (until === 0 || until > late || this.#ended.has(handle)) continue;
      this.#endpoint.counters.workersEnded++;
      this.#end(handle);
    }
    this.#watch();
  }

  #end(handle: WorkerHandle): void {
    this.#ended.add(handle);
    void handle.end();
  }
}
