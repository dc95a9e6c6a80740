// Workers: one for each connection, with the whole session in it: the lecture's threaded and forking servers, with a
// bound. A process gets the accepted socket itself, a thread gets its bytes.

import type { Timer } from "../clock.ts";
import type { Connection } from "../connection.ts";
import { addCounters } from "../counters.ts";
import type { Household } from "../session/platform.ts";
import { PortConnection } from "../transport/port.ts";
import { StreamConnection } from "../transport/stream.ts";
import type { StartWorker, WorkerHandle, WorkerTask } from "./contract.ts";
import { machineTime } from "./marks.ts";
import { relay } from "./relay.ts";

/** Milliseconds between two looks at whether an upcall is long over its deadline. */
const look = 250;

interface Guest {
  readonly connection: Connection;
  readonly closed: () => void;
  handle: WorkerHandle | null;
  /** Fulfilled when its connection is gone. */
  over: Promise<void>;
  /** Runs while it waits. */
  timer: Timer | null;
}

export class PerConnection {
  readonly #home: Household;
  readonly #task: WorkerTask;
  readonly #start: StartWorker;
  readonly #refuse: (connection: Connection) => void;
  readonly #workers: Set<WorkerHandle> = new Set();
  /** Those of them that were ended from here. */
  readonly #ended: WeakSet<WorkerHandle> = new WeakSet();
  readonly #waiting: Set<Guest> = new Set();
  #looking = false;

  /** @param refuse tells a caller that no worker is free, and ends its connection */
  constructor(home: Household, task: WorkerTask, start: StartWorker, refuse: (connection: Connection) => void) {
    this.#home = home;
    this.#task = task;
    this.#start = start;
    this.#refuse = refuse;
  }

  /** Starts one worker and ends it again, so that a module that cannot be loaded is said when serving. */
  async try(): Promise<void> {
    const handle = this.#start(this.#task, "nobody");
    try {
      await handle.ready;
    } finally {
      await handle.end();
    }
  }

  /** Gives a connection a worker, or lets it wait for one; `closed` is told when it is gone. */
  take(connection: Connection, closed: () => void): { close(): Promise<void> } {
    const guest: Guest = { connection, closed, handle: null, over: Promise.resolve(), timer: null };
    if (this.#workers.size < this.#home.limits.workersPerConnection) this.#begin(guest);
    else this.#wait(guest);
    return { close: () => this.#close(guest) };
  }

  async #close(guest: Guest): Promise<void> {
    if (this.#waiting.has(guest)) return this.#turnAway(guest);
    const { handle } = guest;
    if (handle === null) return;
    const { platform, limits } = this.#home;
    handle.drain();
    // One that is in a loop does not hear of it.
    const timer = platform.clock.after(limits.drain + limits.grace, () => this.#end(handle));
    timer.keepAlive(true);
    await guest.over;
    timer.cancel();
  }

  #begin(guest: Guest): void {
    const { connection } = guest;
    const handle = this.#start(this.#task, connection.peer);
    guest.handle = handle;
    this.#workers.add(handle);
    this.#home.counters.workersStarted++;
    const joined = this.#join(connection, handle);
    guest.over = handle.gone
      .then(async () => {
        const counted = handle.counted();
        this.#workers.delete(handle);
        addCounters(this.#home.counters, counted);
        if (counted === null && !this.#ended.has(handle)) this.#home.counters.workersLost++;
        this.#next();
        // A thread that is done has given us all its bytes, and not all of them may be with the caller yet.
        if (counted === null || handle.give !== null) connection.destroy();
        await joined;
      })
      .then(guest.closed);
    this.#watch();
  }

  /** Fulfilled when what the worker said has reached the caller; at once where they talk without us. */
  async #join(connection: Connection, handle: WorkerHandle): Promise<void> {
    if (handle.connection instanceof PortConnection) {
      const port = handle.connection;
      const { duty } = this.#task;
      const chunk = duty.name === "session" && duty.wire === "plain" && (duty.end ?? "chunk") === "chunk";
      return await new Promise((resolve) => relay(this.#home, connection, port, chunk, resolve));
    }
    if (handle.give !== null && connection instanceof StreamConnection) handle.give(connection.socket, connection.peer);
    else connection.destroy();
  }

  #wait(guest: Guest): void {
    this.#waiting.add(guest);
    guest.timer = this.#home.platform.clock.after(this.#home.limits.queueTime, () => this.#turnAway(guest));
  }

  #next(): void {
    for (const guest of this.#waiting) {
      if (this.#workers.size >= this.#home.limits.workersPerConnection) return;
      this.#waiting.delete(guest);
      guest.timer?.cancel();
      this.#begin(guest);
    }
  }

  #turnAway(guest: Guest): void {
    if (!this.#waiting.delete(guest)) return;
    guest.timer?.cancel();
    this.#refuse(guest.connection);
    guest.closed();
  }

  #watch(): void {
    if (this.#looking || this.#workers.size === 0) return;
    this.#looking = true;
    this.#home.platform.clock.after(look, () => this.#look());
  }

  /** Ends workers whose upcall is in a loop: they cannot end themselves. */
  #look(): void {
    this.#looking = false;
    const late = machineTime() - this.#home.limits.grace;
    for (const handle of this.#workers) {
      const { until } = handle.marks;
      if (until === 0 || until > late || this.#ended.has(handle)) continue;
      this.#home.counters.workersEnded++;
      this.#end(handle);
    }
    this.#watch();
  }

  #end(handle: WorkerHandle): void {
    this.#ended.add(handle);
    void handle.end();
  }
}
