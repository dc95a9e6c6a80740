// What the tables are made of: what is sent, to which doors, and what must come of it.

import type { Counters } from "#internal/counters.js";
import { Offender } from "./offender.ts";

/** A door of the server that is attacked, and the medium by which it is reached. */
export type Door =
  | "native tcp"
  | "native unix"
  | "short tcp"
  | "short unix"
  | "pool tcp"
  | "processes tcp"
  | "own thread tcp"
  | "own process tcp"
  | "newline tcp"
  | "newline unix"
  | "half-close tcp"
  | "half-close unix"
  | "chunk tcp"
  | "chunk unix"
  | "short newline tcp"
  | "short newline unix"
  | "short half-close tcp"
  | "short chunk tcp"
  | "doors tcp"
  | "doors unix"
  | "secret tcp"
  | "secret unix"
  | "pool doors tcp"
  | "own secret tcp"
  | "closing tcp";

export interface Case {
  /** The same name stands beside it where another library was given the same. */
  readonly name: string;
  readonly doors: readonly Door[];
  /** What the offender is told: code and reason, `closed`, or `it goes on` where only its calls failed. */
  readonly hears: string | RegExp;
  /** Counters that it moves, each. */
  readonly moves: readonly (keyof Counters)[];
  /** MiB by which the server may grow while it lasts. Default 64. */
  readonly memory?: number;
  /** MiB by which what the process has of the machine may grow while it lasts; left out, nobody looks. */
  readonly resident?: number;
  /** Milliseconds that a call of the other client may take while it lasts; left out, it need only not be lost. */
  readonly worst?: number;
  /** Ends while all is still going on, so that what is held can be measured; gives what the offender heard. */
  readonly attack: (offence: Offence) => Promise<string>;
}

/** What the served process has less of than others. */
export interface Means {
  /** MiB of its heap, and of each of its workers'. */
  readonly heap?: number;
  /** File descriptors. */
  readonly descriptors?: number;
}

export interface Table {
  /** The class of hostile input, as the page names it. */
  readonly name: string;
  /** Left out, it has what there is. */
  readonly means?: Means;
  readonly cases: readonly Case[];
}

/** What a case has at hand. */
export class Offence {
  readonly url: string;
  readonly door: Door;
  readonly #counters: () => Promise<Readonly<Record<string, number>>>;
  readonly #before: Readonly<Record<string, number>>;
  readonly #offenders: Offender[] = [];

  /**
   * @param before   the server's counters as they were
   * @param counters asks for them as they are
   */
  constructor(
    url: string,
    door: Door,
    before: Readonly<Record<string, number>>,
    counters: () => Promise<Readonly<Record<string, number>>>,
  ) {
    this.url = url;
    this.door = door;
    this.#before = before;
    this.#counters = counters;
  }

  /** A raw connection, to the door if nothing else is said. */
  async connect(from?: string, url: string = this.url): Promise<Offender> {
    const offender = await Offender.to(url, !/newline|half-close|chunk/.test(this.door), from);
    this.#offenders.push(offender);
    return offender;
  }

  /** A connection on the native wire that has greeted as everybody does. */
  async greeted(from?: string): Promise<Offender> {
    return await (await this.connect(from)).greet();
  }

  /** By how much a counter of the server has moved since the case began. */
  async counter(name: keyof Counters): Promise<number> {
    const key = `${this.door.replace(/ (tcp|unix)$/, "")} ${name}`;
    return ((await this.#counters())[key] ?? 0) - (this.#before[key] ?? 0);
  }

  /** Waits until a counter of the server has moved by so much. */
  async counted(name: keyof Counters, value: number): Promise<void> {
    while ((await this.counter(name)) < value) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /**
   * One after the other, or some at a time where they are many: ten thousand ends in one millisecond are closed by Node
   * in one go, and of calls that run each one's signal aborts.
   */
  async leave(): Promise<void> {
    const some = Math.ceil(this.#offenders.length / 100);
    for (const [at, offender] of this.#offenders.entries()) {
      offender.leave();
      if (at % some === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
