// The session: the greeting. Whoever connected says what it will call and need not wait for the answer; whoever
// accepted understands nothing else before it. Nothing is decoded for a stranger but this one short message.

import type { Timer } from "../../clock.ts";
import { type Reason, UpcallError } from "../../errors.ts";
import type { Interface } from "../../interface/define.ts";
import { flag, kind } from "../../wire/native/frame.ts";
import type { FrameReader } from "../../wire/native/reader.ts";
import type { Household } from "../platform.ts";
import { announcementsOf } from "./announced.ts";
import type { CalleeHalf } from "./answering/callee.ts";
import type { CallerHalf } from "./calling/caller.ts";
import { greetingOf, readGreeting, readWelcome, sessionIdLength, welcomeOf } from "./greeting.ts";
import type { Outbox } from "./outbox.ts";

/** Named for what comes next. */
type DoorState = "await-greeting" | "await-welcome" | "open";

export class Door {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #calls: CallerHalf;
  readonly #upcalls: CalleeHalf;
  readonly #break: (error: UpcallError) => void;
  #state: DoorState;
  #timer: Timer | null;

  constructor(
    home: Household,
    outbox: Outbox,
    calls: CallerHalf,
    upcalls: CalleeHalf,
    role: "connected" | "accepted",
    broken: (error: UpcallError) => void,
  ) {
    this.#home = home;
    this.#outbox = outbox;
    this.#calls = calls;
    this.#upcalls = upcalls;
    this.#break = broken;
    this.#state = role === "connected" ? "await-welcome" : "await-greeting";
    this.#timer = home.platform.clock.after(home.limits.greetingTime, () => this.#late());
  }

  get open(): boolean {
    return this.#state === "open";
  }

  /** Whoever connected speaks first. */
  greet(interfaces: readonly Interface[]): void {
    this.#outbox.preface();
    const session = this.#home.platform.randomness(new Uint8Array(sessionIdLength));
    const [first = [], ...others] = announcementsOf(interfaces);
    this.#outbox.value(this.#home.encoder, kind.greeting, 0, greetingOf(this.#home, session, first));
    for (const more of others) this.#outbox.value(this.#home.encoder, kind.announce, 0, more);
  }

  /** A frame that came before the door was open. Errors are thrown: the connection cannot go on after one. */
  enter(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const expected = this.#state === "await-greeting" ? kind.greeting : kind.welcome;
    if (header.kind !== expected)
      throw bad("BAD_GREETING", `the first frame is of kind ${header.kind}; kind ${expected} was expected`);
    if ((header.flags & flag.more) !== 0) throw bad("BAD_GREETING", "the first frame cannot travel in pieces");
    const body = this.#home.decoder.value(bytes, start, end);
    if (this.#state === "await-greeting") this.#greeted(body);
    else {
      const { calls, message } = readWelcome(body);
      this.#state = "open";
      this.#calls.welcome(calls, message);
    }
    this.close();
  }

  /** Stops waiting. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #greeted(body: unknown): void {
    const { limits, interfaces } = readGreeting(body);
    this.#upcalls.announce(interfaces);
    this.#state = "open";
    this.#outbox.preface();
    this.#outbox.value(this.#home.encoder, kind.welcome, 0, welcomeOf(this.#home));
    this.#calls.welcome(limits.calls, limits.message);
  }

  #late(): void {
    this.#home.counters.greetingTimeouts++;
    const what = this.#state === "await-greeting" ? "no greeting came" : "the greeting was not answered";
    this.#break(
      new UpcallError(
        "DEADLINE_EXCEEDED",
        `${what} within ${this.#home.limits.greetingTime} ms: is the other side on another wire?`,
        { reason: "BAD_GREETING", outcome: "not-executed" },
      ),
    );
  }
}

function bad(reason: Reason, message: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", message, { reason, outcome: "not-executed" });
}
