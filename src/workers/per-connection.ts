// Workers: one for each connection, with the whole session in it: the lecture's threaded and forking servers, with a
// bound. A process gets the accepted socket itself, a thread gets its bytes.

import type { Timer } from "../clock.ts";
import type { Connection } from "../connection.ts";
import { addCounters } from "../counters.ts";
import type { Household } from "../session/platform.ts";
import { Pressure } from "../session/pressure.ts";
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
  /** Runs while it waits. */
  timer: Timer | null;
  /** Fulfilled when its worker is gone and nothing of it is unsent. */
  over: Promise<void> | null;
}

export class PerConnection {
  readonly #home: Household;
  readonly #task: WorkerTask;
  readonly #start: StartWorker;
  readonly #refuse: (connection: Connection) => void;
  readonly #workers: Set<WorkerHandle> = new Set();
  readonly #waiting: Set<Guest> = new Set();
  /** The worker is gone, and with it who would give up a reader that does not read. */
  readonly #linger = (connection: Connection): void => {
    const output = {
      get unsent(): number {
        return connection.unsent;
      },
      get taken(): number {
        return -connection.unsent;
      },
    };
    new Pressure(this.#home, output, () => connection.destroy()).check();
  };
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
    const guest: Guest = { connection, closed, handle: null, timer: null, over: null };
    if (this.#workers.size < this.#home.limits.workersPerConnection) this.#begin(guest);
    else this.#wait(guest);
    return {
      close: async () => {
        if (this.#waiting.has(guest)) this.#turnAway(guest);
        guest.handle?.drain();
        await guest.over;
      },
    };
  }

  #begin(guest: Guest): void {
    const { connection } = guest;
    const handle = this.#start(this.#task, connection.peer);
    guest.handle = handle;
    this.#workers.add(handle);
    this.#home.counters.workersStarted++;
    const left = this.#join(connection, handle);
    void handle.gone.then((how) => {
      this.#workers.delete(handle);
      addCounters(this.#home.counters, handle.counted());
      if (!how.endsWith("exited with code 0")) this.#home.counters.workersLost++;
      this.#next();
    });
    guest.over = Promise.all([handle.gone, left]).then(guest.closed);
    this.#watch();
  }

  /** Gives the worker the connection, or its bytes; fulfilled when nothing is left of it here. */
  #join(connection: Connection, handle: WorkerHandle): Promise<unknown> {
    if (connection instanceof StreamConnection && handle.give !== null) {
      handle.give(connection.socket, connection.peer);
      return handle.gone.then(() => connection.destroy());
    }
    return new Promise<void>((closed) => relay(connection, handle.connection, { lingers: this.#linger, closed }));
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
    this.#home.counters.connectionsRefused++;
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
      if (until === 0 || until > late) continue;
      this.#home.counters.workersEnded++;
      void handle.end();
    }
    this.#watch();
  }
}
