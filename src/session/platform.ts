// The session: what it is given of the world. A session makes no clock, no timer and no randomness of its own.

import type { Clock, Randomness } from "../clock.ts";
import { Decoder } from "../codec/decode.ts";
import { Encoder } from "../codec/encode.ts";
import type { TextPlatform } from "../codec/text.ts";
import type { Counters } from "../counters.ts";
import type { Limits } from "../limits.ts";
import type { Observer } from "../observer.ts";
import { Deadlines } from "./deadlines.ts";
import { WriterPool } from "./writers.ts";

/** What the host hands in once, shared by all its sessions. */
export class Platform {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly text: TextPlatform;
  /** One wheel and one timer for all calls of all sessions. */
  readonly deadlines: Deadlines;
  readonly writers: WriterPool;

  constructor(clock: Clock, randomness: Randomness, text: TextPlatform) {
    this.clock = clock;
    this.randomness = randomness;
    this.text = text;
    this.deadlines = new Deadlines(clock);
    this.writers = new WriterPool();
  }
}

/** What all sessions of one server, or one client, have in common: limits, counters, the marshalling within those limits. */
export class Household {
  readonly platform: Platform;
  readonly limits: Limits;
  readonly counters: Counters;
  readonly observer: Observer | null;
  readonly encoder: Encoder;
  readonly decoder: Decoder;

  constructor(platform: Platform, limits: Limits, counters: Counters, observer: Observer | null) {
    this.platform = platform;
    this.limits = limits;
    this.counters = counters;
    this.observer = observer === null ? null : quiet(observer);
    this.encoder = new Encoder(platform.text, limits);
    this.decoder = new Decoder(platform.text, limits);
  }
}

/** An observer that cannot break what it watches. */
function quiet(observer: Observer): Observer {
  return (event) => {
    try {
      observer(event);
    } catch {
      // It was told; what it made of that is its own affair.
    }
  };
}
