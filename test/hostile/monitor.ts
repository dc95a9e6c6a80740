// In a process that is attacked: what the judge asks of it. It knows nothing of what the process serves, so that other
// libraries' servers are judged by the same.

import { OwnTime } from "../harness/own-time.ts";
import { Prototypes } from "./prototypes.ts";

/** What a process says of itself. */
export interface Reading {
  /** Bytes on the heap and beside it that a forced collection leaves. */
  readonly held: number;
  /** Bytes of memory that the process has, before that collection. */
  readonly resident: number;
  /** Milliseconds of the longest time for which the event loop did not turn, as far as this process was running. */
  readonly stall: number;
  /** The same by the wall's clock: on a machine that others use as well it says little. */
  readonly wall: number;
  /** Rejections that nobody handled, exceptions that nobody caught. */
  readonly unhandled: readonly string[];
  /** Properties of the language's own objects that are not as they were. */
  readonly changed: readonly string[];
  /** Members that the interface does not name and that have run. */
  readonly tripped: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
}

export interface Monitored {
  readonly counters?: () => Readonly<Record<string, number>>;
  readonly tripped?: () => readonly string[];
}

/** Asks for a reading; `rest` begins to count stalls anew after it. */
export interface Ask {
  readonly ask: "read" | "rest" | "counters";
  readonly id: number;
}

/** Milliseconds between two looks at the clock. */
const step = 4;

/** The longest stall. A process that does not run because others do has not stalled. */
class Stalls {
  longest = 0;
  wall = 0;
  readonly #time: OwnTime = new OwnTime();

  constructor() {
    setInterval(() => this.look(), step).unref();
  }

  look(): void {
    const gap = this.#time.wall - step;
    this.longest = Math.max(this.longest, Math.min(gap, this.#time.own));
    this.wall = Math.max(this.wall, gap);
    this.#time.restart();
  }

  reset(): void {
    this.longest = 0;
    this.wall = 0;
    this.#time.restart();
  }
}

/** Answers the parent process from here on. */
export function monitor({ counters = () => ({}), tripped = () => [] }: Monitored): void {
  const unhandled: string[] = [];
  const prototypes = new Prototypes();
  const stalls = new Stalls();
  process.on("unhandledRejection", (reason) => unhandled.push(`rejection: ${String(reason)}`));
  process.on("uncaughtException", (error) => unhandled.push(`exception: ${String(error)}`));
  process.on("message", ({ ask, id }: Ask) => {
    if (ask === "counters") return process.send?.({ id, counters: counters() });
    stalls.look();
    const { longest: stall, wall } = stalls;
    const resident = process.memoryUsage.rss();
    void collected().then((held) => {
      const reading: Reading = {
        held,
        resident,
        stall,
        wall,
        unhandled,
        changed: prototypes.changes(),
        tripped: tripped(),
        counters: counters(),
      };
      process.send?.({ id, ...reading });
      if (ask === "rest") stalls.reset();
    });
  });
  // Whoever started it is gone.
  process.on("disconnect", () => process.exit());
}

/** Twice, with a turn between: what a finalizer lets go is garbage only then. */
async function collected(): Promise<number> {
  globalThis.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
