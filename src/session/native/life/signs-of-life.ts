// The session: whether the peer is still alive. First its greeting must come in time; from then on a side that is
// silent is asked for a sign of life, and one that gives none is given up: it is gone, or the way to it is.
//
//   heard      nothing ...      asked     still nothing: gone
//   --|----|----|----|----|----|----|----|----|----|
//     each a look: `parts` of them in the time it may be silent

import { Timed } from "../../../endpoint/deadlines.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { UpcallError } from "../../../errors.ts";
import { noSignOfLife } from "../../../failure/losses.ts";
import { kind } from "../../../wire/native/frame.ts";
import type { FrameOutput } from "../output/output.ts";

/**
 * Looks in the time that a side may be silent. When something comes, only that it came is noted, so it is known to
 * within one look since when a side is silent.
 */
const looksPerKeepalive = 6;
/** The look that finds it silent for so long that it is asked: the next one would be too late. */
const asked = looksPerKeepalive - 1;
/** Of the lease of a side that holds objects of ours, for its silence; the rest is for its answer. */
const silentPart = 3 / 4;
/** Instead of looks. */
const awaitsGreeting = -1;
const over = -2;
/** The time for the greeting goes on: a short connection is over before it, and has one entry in the wheel for all. */
const firstLook = -3;
/** Looks that fit into that time at most, but for one. */
const skipped = 1;

/** What it asks of the session it belongs to. */
export interface LifeOwner {
  readonly peer: string;
  /** No greeting came in time, or it was not found out in time who sent it. */
  late(): void;
  /** Nothing came although it was asked. */
  vanished(error: UpcallError): void;
}

/** Hangs in the wheel of what no process waits for: one entry for the whole life of a session. */
export class SignsOfLife extends Timed {
  /** Chunks of bytes that have come; counted by the session. */
  heard = 0;
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  readonly #owner: LifeOwner;
  /** How many had come at the last look. */
  #seen = 0;
  /** Looks in a row that found nothing new. */
  #silent = awaitsGreeting;
  #holds = false;

  constructor(endpoint: Endpoint, output: FrameOutput, owner: LifeOwner) {
    super();
    this.#endpoint = endpoint;
    this.#output = output;
    this.#owner = owner;
    this.#lookAfter(endpoint.limits.greetingTime);
  }

  /** The greeting came, and it is being found out who sent it. */
  asking(): void {
    this.#endpoint.platform.idleTimers.remove(this);
    this.#lookAfter(this.#endpoint.limits.authenticationTime);
  }

  /** The peer was let in. */
  opened(): void {
    const { greetingTime, authenticationTime } = this.#endpoint.limits;
    if (Math.max(greetingTime, authenticationTime) <= ((skipped + 1) / looksPerKeepalive) * this.#quiet)
      this.#silent = firstLook;
    else this.#begin();
  }

  /** Whether the other side holds objects of ours: then its silence has the limit of its lease as well. */
  hold(any: boolean): void {
    this.#holds = any;
    if (this.#silent >= 0 || this.#silent === firstLook) this.#begin();
  }

  /** Looks no more. */
  close(): void {
    this.#endpoint.platform.idleTimers.remove(this);
    this.#silent = over;
  }

  override expired(): void {
    if (this.#silent === over) return;
    if (this.#silent === awaitsGreeting) this.#owner.late();
    else if (this.#silent === firstLook) this.#begin(skipped);
    // One that takes bytes lives, and one that takes none is the business of pressure.ts.
    else if (this.heard !== this.#seen || this.#output.unsent > 0) this.#begin();
    else this.#nothing();
  }

  /** Milliseconds of silence after which it is asked, at the latest; 0 where it never is. */
  get #quiet(): number {
    const { keepalive, lease } = this.#endpoint.limits;
    if (!this.#holds) return keepalive;
    return keepalive === 0 ? lease * silentPart : Math.min(keepalive, lease * silentPart);
  }

  /** Milliseconds for an answer. */
  get #answer(): number {
    const { keepalive, keepaliveAnswer, lease } = this.#endpoint.limits;
    if (!this.#holds) return keepaliveAnswer;
    return keepalive === 0 ? lease * (1 - silentPart) : Math.min(keepaliveAnswer, lease * (1 - silentPart));
  }

  /** Looks in the time for an answer: no longer apart than the others. */
  get #answers(): number {
    return Math.max(1, Math.ceil((this.#answer * looksPerKeepalive) / this.#quiet));
  }

  #nothing(): void {
    const { clock } = this.#endpoint.platform;
    const answers = this.#answers;
    this.#silent++;
    // This turn may have been a long one: what came meanwhile is read before the next one begins.
    if (this.#silent > asked + answers - 1) return clock.nextTurn(() => this.#last());
    // Whatever comes is a sign of life, so the answer's number need not be checked.
    if (this.#silent === asked) this.#output.put(kind.ping, 0, 0, 0, 0, null);
    this.#lookAfter(this.#silent < asked ? this.#quiet / looksPerKeepalive : this.#answer / answers);
  }

  /** @param silent looks in a row that may have found nothing by now */
  #begin(silent = 0): void {
    this.#silent = silent;
    this.#seen = this.heard;
    this.#endpoint.platform.idleTimers.remove(this);
    const quiet = this.#quiet;
    if (quiet > 0) this.#lookAfter(quiet / looksPerKeepalive);
  }

  #lookAfter(ms: number): void {
    const { clock, idleTimers } = this.#endpoint.platform;
    this.deadline = Math.ceil(clock.now() + ms);
    idleTimers.add(this);
  }

  #last(): void {
    if (this.#silent < asked) return;
    if (this.heard !== this.#seen) return this.#begin();
    const { counters } = this.#endpoint;
    const silence = this.#quiet + this.#answer;
    this.close();
    counters.silentCloses++;
    if (this.#holds) counters.leasesExpired++;
    this.#owner.vanished(vanished(this.#owner.peer, silence, this.#holds));
  }
}

function vanished(peer: string, silence: number, held: boolean): UpcallError {
  const [taken, limit] = held
    ? [", and the references that it held are taken back", "limits.lease, limits.keepalive"]
    : ["", "limits.keepalive"];
  return new UpcallError(
    "UNAVAILABLE",
    `nothing came from ${peer} for about ${silence} ms, although it was asked for a sign of life: it is gone, stuck, or out of reach${taken} (${limit})`,
    { reason: "CONNECTION_LOST", outcome: "unknown" },
  );
}

/** Fulfilled when the other end has answered, or the connection is gone. @throws UpcallError DEADLINE_EXCEEDED */
export function answered(
  endpoint: Endpoint,
  pings: { ping(answered: () => void): void },
  peer: string,
  timeout: number,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const timer = endpoint.platform.clock.after(timeout, () => reject(noSignOfLife(peer, timeout)));
    timer.keepAlive(true);
    pings.ping(() => {
      timer.cancel();
      resolve();
    });
  });
}
