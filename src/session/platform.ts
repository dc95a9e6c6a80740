// The session: what it is given of the world. A session makes no clock, no timer and no randomness of its own.

import type { Clock, Randomness } from "../clock.ts";
import { Decoder } from "../codec/decode.ts";
import { Encoder } from "../codec/encode.ts";
import type { TextPlatform } from "../codec/text.ts";
import type { Counters } from "../counters.ts";
import type { OnLeak } from "../leak.ts";
import type { Limits } from "../limits.ts";
import type { Observer } from "../observer.ts";
import type { References } from "./contract.ts";
import { Deadlines } from "./deadlines.ts";
import { frameCapacity, itemCapacity, WriterPool } from "./writers.ts";

interface Marshalling {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
}

/** What the host hands in once, shared by all its sessions. */
export class Platform {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly text: TextPlatform;
  readonly references: References;
  /** One wheel and one timer for all calls of all sessions. */
  readonly deadlines: Deadlines;
  readonly writers: WriterPool;
  /** For the items of streams. */
  readonly items: WriterPool;
  readonly #marshalling: Map<string, Marshalling> = new Map();

  constructor(clock: Clock, randomness: Randomness, text: TextPlatform, references: References) {
    this.clock = clock;
    this.randomness = randomness;
    this.text = text;
    this.references = references;
    this.deadlines = new Deadlines(clock);
    this.writers = new WriterPool(frameCapacity);
    this.items = new WriterPool(itemCapacity);
  }

  /** One encoder and decoder for all who have the same limits: a connection of its own need not pay for a pair. */
  marshalling(limits: Limits): Marshalling {
    const key = `${limits.depth} ${limits.nodes} ${limits.bigintDigits}`;
    const known = this.#marshalling.get(key) ?? {
      encoder: new Encoder(this.text, limits),
      decoder: new Decoder(this.text, limits),
    };
    this.#marshalling.set(key, known);
    return known;
  }
}

/** What all sessions of one server, or one client, have in common: limits, counters, the marshalling within those limits. */
export class Household {
  readonly platform: Platform;
  readonly limits: Limits;
  readonly counters: Counters;
  readonly observer: Observer | null;
  /** Told of references that nobody closed. */
  readonly onLeak: OnLeak | null;
  readonly encoder: Encoder;
  readonly decoder: Decoder;

  constructor(
    platform: Platform,
    limits: Limits,
    counters: Counters,
    observer: Observer | null,
    onLeak: OnLeak | null = null,
  ) {
    this.platform = platform;
    this.onLeak = onLeak;
    this.limits = limits;
    this.counters = counters;
    this.observer = observer === null ? null : quiet(observer);
    const { encoder, decoder } = platform.marshalling(limits);
    this.encoder = encoder;
    this.decoder = decoder;
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
