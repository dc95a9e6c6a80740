// The command `bench`: the load. A lane carries one call at a time. In the closed loop it gets its next call at once;
// in the open loop when one is due, or was. It knows no connection and no terminal, and gets its time handed in.

import { Lane, type LaneOwner, type Link } from "./lane.ts";
import { isHopeless, type Tally } from "./tally.ts";

export interface Time {
  /** Milliseconds; only differences mean anything. */
  now(): number;
  /** Calls `fn` no earlier than in `ms` milliseconds; with 0, in the next turn of the event loop. */
  after(ms: number, fn: () => void): { cancel(): void };
  /** By how many milliseconds its timers may be late. To be exact, ask earlier, and then turn by turn. */
  readonly early: number;
}

export interface LoadTerms {
  /** Lanes, shared out evenly among the links. */
  readonly inFlight: number;
  /** Milliseconds in which calls are made, or null: as long as it takes. */
  readonly duration: number | null;
  /** How many calls are made, or null: as many as can be. */
  readonly calls: number | null;
  /** Calls a second of the open loop; null is the closed loop. */
  readonly rate: number | null;
}

/**
 * Milliseconds that calls may still take after a signal: enough for calls that do not hang, and too short to notice.
 */
const graceMs = 200;
/** The longest that timers can wait. */
const maxWaitMs = 2 ** 31 - 1;

/** Milliseconds from the beginning; multiplied first, because the interval of most rates is no exact number. */
function dueAt(index: number, rate: number): number {
  return (index * 1000) / rate;
}

export class Load implements LaneOwner {
  readonly tally: Tally;
  /** Calls made, and those of them that have not ended. */
  begun = 0;
  running = 0;
  /**
   * Set when no more calls are made: milliseconds of what was measured, and the open loop's calls that were due by
   * then.
   */
  elapsed = 0;
  overdue = 0;
  /** No more calls are made. */
  closing = false;
  readonly #time: Time;
  readonly #most: number;
  readonly #duration: number;
  /** Calls a second, or null in the closed loop. */
  readonly #rate: number | null;
  readonly #lanes: Lane[];
  readonly #closed: () => void;
  /** Lanes whose link still takes calls. */
  #alive: number;
  readonly #lost: Set<Link> = new Set();
  /** The open loop: lanes that wait for a call to be due, in turn; a ring as long as there are lanes. */
  readonly #resting: Lane[] = [];
  #firstResting = 0;
  #restingCount = 0;
  /**
   * Lanes whose call failed. They go on in the next turn: a call that fails at once must not keep out everything else.
   */
  #held: Lane[] = [];
  #start = 0;
  #due: { cancel(): void } | null = null;
  #ending: { cancel(): void } | null = null;
  #grace: { cancel(): void } | null = null;
  #settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | null = null;

  /** @param closed called once, when no more calls are made: the end of what is measured */
  constructor(time: Time, links: readonly Link[], terms: LoadTerms, tally: Tally, closed: () => void) {
    this.tally = tally;
    this.#time = time;
    this.#most = terms.calls ?? Number.POSITIVE_INFINITY;
    this.#duration = terms.duration ?? Number.POSITIVE_INFINITY;
    this.#rate = terms.rate;
    this.#closed = closed;
    this.#lanes = Array.from({ length: Math.ceil(terms.inFlight / links.length) }, () => links)
      .flat()
      .slice(0, terms.inFlight)
      .map((link) => new Lane(link, this));
    this.#alive = this.#lanes.length;
  }

  /** Links that take no calls any more. */
  get lost(): number {
    return this.#lost.size;
  }

  /** Milliseconds since the beginning. */
  get passed(): number {
    return this.#time.now() - this.#start;
  }

  /**
   * Makes the calls.
   *
   * @returns once all of them have ended, or it was stopped, or no link takes calls any more
   * @throws the error of the first calls, where every further call would fail in the same way
   */
  async run(): Promise<void> {
    const over = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#start = this.#time.now();
    this.#waitForEnd();
    if (this.#rate === null) for (const lane of this.#lanes) this.#next(lane, this.passed);
    else {
      for (const lane of this.#lanes) this.#rest(lane);
      this.#makeDue();
    }
    await over;
  }

  /** Ends it: calls that run get a moment, so that a signal leaves out only those that hang. */
  stop(): void {
    this.#close();
    if (this.#settle !== null) this.#grace ??= this.#time.after(graceMs, () => this.#finish());
  }

  returned(lane: Lane): void {
    if (this.#settle === null) return;
    const now = this.passed;
    this.#ended(now);
    this.tally.hasReturned(now - lane.since);
    this.#next(lane, now);
  }

  failed(lane: Lane, error: unknown): void {
    if (this.#settle === null) return;
    const now = this.passed;
    this.#ended(now);
    this.tally.hasFailed(error, now - lane.since);
    if (this.tally.returned === 0 && isHopeless(error)) {
      const { reject } = this.#settle;
      this.#settle = null;
      this.#close();
      reject(error);
    } else if (lane.link.over(error)) {
      this.#alive--;
      this.#lost.add(lane.link);
      this.#look();
    } else {
      this.#held.push(lane);
      if (this.#held.length === 1) this.#time.after(0, () => this.#release());
    }
  }

  #ended(now: number): void {
    this.running--;
    if (!this.closing && now < this.#duration) this.tally.within(now);
  }

  #release(): void {
    const now = this.passed;
    for (const lane of this.#held.splice(0)) this.#next(lane, now);
    this.#look();
  }

  /** Gives a lane that has nothing to do its next call, if there is one. */
  #next(lane: Lane, now: number): void {
    if (this.closing || this.begun >= this.#most) return this.#look();
    if (this.#rate !== null) {
      const due = dueAt(this.begun, this.#rate);
      if (due <= now && due < this.#duration) this.#begin(lane, due, now);
      else {
        this.#rest(lane);
        this.#waitForDue(now, this.#rate);
      }
    } else if (now < this.#duration) this.#begin(lane, now, now);
    else this.#close();
  }

  #begin(lane: Lane, since: number, now: number): void {
    if (this.#rate !== null) this.tally.late.record(now - since);
    this.begun++;
    this.running++;
    lane.begin(since);
  }

  #rest(lane: Lane): void {
    this.#resting[(this.#firstResting + this.#restingCount++) % this.#lanes.length] = lane;
  }

  /** Makes every call that is due, as far as there are lanes. */
  #makeDue(): void {
    if (this.#rate === null || this.closing) return;
    const now = this.passed;
    while (this.#restingCount > 0 && this.begun < this.#most) {
      const due = dueAt(this.begun, this.#rate);
      if (due > now || due >= this.#duration) break;
      const lane = this.#resting[this.#firstResting];
      this.#firstResting = (this.#firstResting + 1) % this.#lanes.length;
      this.#restingCount--;
      if (lane === undefined || this.#lost.has(lane.link)) this.#alive--;
      else this.#begin(lane, due, now);
    }
    this.#waitForDue(now, this.#rate);
    this.#look();
  }

  #waitForDue(now: number, rate: number): void {
    const due = dueAt(this.begun, rate);
    if (this.closing || this.#due !== null || this.#restingCount === 0) return;
    if (this.begun >= this.#most || due >= this.#duration) return;
    const wait = Math.min(due - now - this.#time.early, maxWaitMs);
    this.#due = this.#time.after(Math.max(0, wait), () => {
      this.#due = null;
      this.#makeDue();
    });
  }

  /** Lanes see the end by themselves, unless none of their calls ends. */
  #waitForEnd(): void {
    const left = this.#duration - this.passed;
    if (left > 0) {
      const wait = Math.min(left - this.#time.early, maxWaitMs);
      this.#ending = this.#time.after(Math.max(0, wait), () => this.#waitForEnd());
    } else {
      // What was due a moment ago is not overdue.
      this.#makeDue();
      this.#close();
    }
  }

  /** No more calls. */
  #close(): void {
    if (this.closing) return;
    this.closing = true;
    this.elapsed = Math.min(this.passed, this.#duration);
    if (this.#rate !== null) {
      const due = Math.min(this.#most, Math.ceil((this.elapsed * this.#rate) / 1000));
      this.overdue = Math.max(0, due - this.begun);
    }
    this.#due?.cancel();
    this.#ending?.cancel();
    this.#closed();
    this.#look();
  }

  /** Whether anything will happen any more. */
  #look(): void {
    if (this.running > 0 || this.#held.length > 0) return;
    if (this.closing) this.#finish();
    else if (this.begun >= this.#most || this.#alive === 0) this.#close();
  }

  #finish(): void {
    this.#grace?.cancel();
    this.#settle?.resolve();
    this.#settle = null;
  }
}
