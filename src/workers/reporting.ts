// Workers, inside: what happens here is told to the owner's observers in batches, on the way by which the worker reports of
// itself. No more is on its way, or held, than the owner takes: what is beyond that is counted and dropped.

import type { Endpoint } from "../endpoint/platform.ts";
import type { ObservedEvent } from "../observer.ts";
import type { ServerSession } from "../session/contract.ts";
import { onMachine } from "./progress.ts";
import type { Tell, Word } from "./worker-contract.ts";

/** Events that are held until the owner takes them: a turn of many calls has a few thousand. */
const mostHeld = 8_192;
/** Batches that are on their way to the owner, who says when it has taken one. */
const mostUnderWay = 4;
/** Milliseconds between two looks at whether a session is as it was told last, and while its greeting is awaited. */
const lookAgain = 1_000;
const lookSoon = 20;

export class Reporting {
  readonly #endpoint: Endpoint;
  readonly #report: Tell;
  readonly #pooled: boolean;
  #observing: Disposable | null = null;
  #held: ObservedEvent[] = [];
  #dropped = 0;
  #underWay = 0;
  #asked = false;

  /** @param pooled whether the owner has the sessions, and tells of them itself */
  constructor(endpoint: Endpoint, report: Tell, pooled: boolean) {
    this.#endpoint = endpoint;
    this.#report = report;
    this.#pooled = pooled;
  }

  say(word: Word): void {
    if (word === "observe") this.#observing ??= this.#endpoint.observe((event) => this.#told(event));
    else if (word === "unobserve") {
      this.#observing?.[Symbol.dispose]();
      this.#observing = null;
    } else {
      this.#underWay = Math.max(0, this.#underWay - 1);
      this.#send();
    }
  }

  /** Tells how a session is, at once and from then on where that has changed. */
  follow(session: ServerSession): void {
    let last = "";
    const tell = (): void => {
      const look = session.look();
      const now = JSON.stringify([look.id, look.state, look.upcalls, look.calls, look.streams, look.bytesReceived]);
      if (now !== last) this.#report({ look });
      last = now;
      if (look.state === "closed") return;
      this.#endpoint.platform.clock.after(look.state === "connecting" ? lookSoon : lookAgain, tell);
    };
    this.#endpoint.platform.clock.nextTurn(tell);
  }

  /** The worker ends: what is held goes out, taken or not. */
  end(): void {
    if (this.#held.length + this.#dropped > 0) this.#batch();
  }

  #told(event: ObservedEvent): void {
    if (this.#pooled && !(event.event === "stage" && ofWorkers.includes(event.stage))) return;
    if (this.#held.length < mostHeld) this.#held.push({ ...event, time: onMachine(event.time) });
    else this.#dropped++;
    if (this.#asked) return;
    this.#asked = true;
    this.#endpoint.platform.clock.nextTurn(() => {
      this.#asked = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#underWay < mostUnderWay && this.#held.length + this.#dropped > 0) this.#batch();
  }

  #batch(): void {
    const events = this.#held;
    const dropped = this.#dropped;
    this.#held = [];
    this.#dropped = 0;
    this.#underWay++;
    this.#report({ events, dropped });
  }
}

/** The stages that a call passes in a worker of a pool; its owner has the connection, and tells the others. */
const ofWorkers: readonly string[] = ["decode", "upcall", "return"];
