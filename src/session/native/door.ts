// The session: the greeting. Whoever connected says what it will call and need not wait for the answer; whoever
// accepted understands nothing else before it. Nothing is decoded for a stranger but this one short message.

import { type Reason, UpcallError } from "../../errors.ts";
import type { Interface } from "../../interface/define.ts";
import { flag, kind } from "../../wire/native/frame.ts";
import type { FrameReader } from "../../wire/native/reader.ts";
import { Timed } from "../deadlines.ts";
import type { Household } from "../platform.ts";
import { announcementsOf } from "./announced.ts";
import { greetingOf, sessionIdLength } from "./greeting.ts";
import type { Halves } from "./halves.ts";
import type { Outbox } from "./outbox.ts";

/** Named for what comes next. */
type DoorState = "await-greeting" | "await-welcome" | "open";

/** Hangs in the wheel while it waits. */
export class Door extends Timed {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #halves: Halves;
  readonly #late: (error: UpcallError) => void;
  #state: DoorState;

  /** @param late told when there was no greeting in time: the connection cannot go on */
  constructor(
    home: Household,
    outbox: Outbox,
    halves: Halves,
    role: "connected" | "accepted",
    late: (error: UpcallError) => void,
  ) {
    super();
    this.#home = home;
    this.#outbox = outbox;
    this.#halves = halves;
    this.#late = late;
    this.#state = role === "connected" ? "await-welcome" : "await-greeting";
    const { clock, patience } = home.platform;
    this.deadline = Math.ceil(clock.now() + home.limits.greetingTime);
    patience.add(this);
  }

  get open(): boolean {
    return this.#state === "open";
  }

  /** Whether this side has sent its first frame: nothing else may go before it. */
  get spoken(): boolean {
    return this.#state !== "await-greeting";
  }

  /** Whoever connected speaks first. */
  greet(interfaces: readonly Interface[]): void {
    const { encoder, greetings, limits, platform } = this.#home;
    this.#outbox.preface();
    const known = greetings.greeting(encoder, limits, interfaces);
    if (known !== null) {
      platform.randomness(known.session);
      return this.#outbox.put(kind.greeting, 0, 0, 0, 0, known.body);
    }
    const session = platform.randomness(new Uint8Array(sessionIdLength));
    const [first = [], ...others] = announcementsOf(interfaces);
    this.#outbox.value(encoder, kind.greeting, 0, greetingOf(limits, session, first));
    for (const more of others) this.#outbox.value(encoder, kind.announce, 0, more);
  }

  /** A frame that came before the door was open. Errors are thrown: the connection cannot go on after one. */
  enter(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const expected = this.#state === "await-greeting" ? kind.greeting : kind.welcome;
    if (header.kind !== expected)
      throw bad("BAD_GREETING", `the first frame is of kind ${header.kind}; kind ${expected} was expected`);
    if ((header.flags & flag.more) !== 0) throw bad("BAD_GREETING", "the first frame cannot travel in pieces");
    if (this.#state === "await-greeting") this.#greeted(bytes, start, end);
    else {
      const taken = this.#home.greetings.welcomed(this.#home.decoder, bytes, start, end);
      this.#state = "open";
      this.#halves.welcome(taken);
    }
    this.close();
  }

  /** Stops waiting. */
  close(): void {
    this.#home.platform.patience.remove(this);
  }

  override expired(): void {
    this.#home.counters.greetingTimeouts++;
    const what = this.#state === "await-greeting" ? "no greeting came" : "the greeting was not answered";
    this.#late(
      new UpcallError(
        "DEADLINE_EXCEEDED",
        `${what} within ${this.#home.limits.greetingTime} ms: is the other side on another wire?`,
        { reason: "BAD_GREETING", outcome: "not-executed" },
      ),
    );
  }

  #greeted(bytes: Uint8Array, start: number, end: number): void {
    const { decoder, encoder, greetings, limits } = this.#home;
    const { names, taken } = greetings.greeted(decoder, bytes, start, end);
    this.#halves.upcalls.announce(names);
    this.#state = "open";
    this.#outbox.preface();
    this.#outbox.put(kind.welcome, 0, 0, 0, 0, greetings.welcome(encoder, limits));
    this.#halves.welcome(taken);
  }
}

function bad(reason: Reason, message: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", message, { reason, outcome: "not-executed" });
}
