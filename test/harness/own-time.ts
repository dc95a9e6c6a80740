// How long a program's main thread was at something itself, on a machine that others use as well. A stop-watch counts their
// time too, and the processor time of a process counts its other threads; what is meant lies below both.

import { openSync, readSync } from "node:fs";

/** Where Linux says how long the main thread has run, and how long it has waited for a processor, in nanoseconds. */
const said = ((): number | null => {
  try {
    return openSync("/proc/self/schedstat", "r");
  } catch {
    return null;
  }
})();
const text = Buffer.alloc(64);

/** Milliseconds for which the main thread could have run, and others did; 0 where no system says so. */
function waited(): number {
  if (said === null) return 0;
  const length = readSync(said, text, 0, text.length, 0);
  return Number(text.toString("latin1", 0, length).split(" ")[1]) / 1e6;
}

/** A stop-watch for the main thread. It runs from the beginning, and from each {@link restart}. */
export class OwnTime {
  #at = performance.now();
  #cpu = process.cpuUsage();
  #waited: number = waited();

  restart(): void {
    this.#at = performance.now();
    this.#cpu = process.cpuUsage();
    this.#waited = waited();
  }

  /** Milliseconds by the wall's clock. */
  get wall(): number {
    return performance.now() - this.#at;
  }

  /**
   * Those of them that count: not those in which it waited for a processor, and no more than the process has computed in
   * them, which bounds what it waited for otherwise.
   */
  get own(): number {
    const { user, system } = process.cpuUsage(this.#cpu);
    return Math.min(this.wall - (waited() - this.#waited), (user + system) / 1000);
  }
}
