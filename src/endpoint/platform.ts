// For all sessions: the clock, timers, randomness and log that are handed in. A session makes none of its own.

import type { Clock, Randomness } from "../clock.ts";
import { Decoder } from "../codec/decode.ts";
import { Encoder } from "../codec/encode.ts";
import { Skim } from "../codec/skim.ts";
import type { TextPlatform } from "../codec/utf8.ts";
import type { AmbientCalls, Dispatcher, IncomingCall } from "../contract/callee.ts";
import type { Caller } from "../contract/caller.ts";
import type { References } from "../contract/reference-contract.ts";
import type { Counters } from "../counters.ts";
import { Hooks } from "../hook.ts";
import { type Expose, IncidentLog, type OnError } from "../incident.ts";
import type { OnLeak } from "../leak.ts";
import { defaultLimits, type Limits } from "../limits.ts";
import type { Observer } from "../observer.ts";
import { Deadlines } from "./deadlines.ts";
import { GivenObjects } from "./given-objects.ts";
import { Scramble } from "./id-map.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { NextTurns } from "./next-turns.ts";
import { Observers } from "./observers.ts";
import { inAdvance } from "./random.ts";
import { SpareMemory } from "./spare-memory.ts";
import { frameCapacity, itemCapacity, WriterPool } from "./writers.ts";

interface Marshalling {
  readonly limits: Limits;
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  /** For upcall's own frames, to which the limits of the options do not apply. */
  readonly ownEncoder: Encoder;
  readonly ownDecoder: Decoder;
  /** What wires remember, by its class. */
  readonly kept: Map<new () => object, object>;
}

/** For a platform whose interfaces have no references. */
const unknown: References = {
  proxy: notHere,
  callerOf: () => null,
  bound: notHere,
  objectOf: notHere,
  row: notHere,
};

function notHere(): never {
  throw new TypeError("no interface here declares a reference");
}

/** Kept pairs of encoder and decoder, and kept budgets, for endpoints with the same limits. */
const maxKeptMarshallings = 8;

/** What the host hands in once, for all its sessions. */
export class Platform {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly text: TextPlatform;
  /** The part that knows proxies and skeletons. The feature that needs it puts it here. */
  references: References = unknown;
  /** The {@link PlatformFeature}s that this platform has. */
  readonly features: Set<object> = new Set();
  /** Where undeclared errors are reported, unless the program gives `onError`. */
  readonly log: OnError;
  /** The lines that this is, if nothing else. */
  readonly lines: IncidentLog;
  /** Calls the program's hooks, and catches what they throw. */
  readonly hooks: Hooks;
  /** One wheel and one timer for all calls of all sessions, and for their goodbyes. */
  readonly deadlines: Deadlines;
  /** The same for deadlines that do not keep the process alive: greetings, and sockets that connect. */
  readonly idleTimers: Deadlines;
  /** For what is not whole before a turn of the event loop has brought no more. */
  readonly turns: NextTurns;
  readonly writers: WriterPool;
  /** For the items of streams. */
  readonly items: WriterPool;
  /** Objects that peers hold, and that are disposed of after that. */
  readonly given: GivenObjects = new GivenObjects();
  /** For long messages that come in. */
  readonly spare: SpareMemory;
  /** Hides the numbers that peers choose from the hashes of the engine. */
  readonly ids: Scramble;
  /** Follows calls through promises, once a server has asked for it; null before, and where the platform cannot. */
  ambient: AmbientCalls | null = null;
  /** Reads the frames that are upcall's own. */
  readonly skim: Skim;
  readonly #parts: Map<new () => object, object> = new Map();
  readonly #marshalling: Marshalling[] = [];
  readonly #budgets: MemoryBudget[] = [];

  /**
   * @param log   of incidents, unless it is the lines on standard error
   * @param hooks with a log of their own, unless it is standard error
   */
  constructor(
    clock: Clock,
    randomness: Randomness,
    text: TextPlatform,
    log?: OnError,
    hooks: Hooks = new Hooks(clock),
  ) {
    this.clock = clock;
    this.randomness = inAdvance(randomness);
    this.ids = new Scramble(randomness);
    this.text = text;
    this.skim = new Skim(text);
    this.lines = new IncidentLog(clock);
    this.log = log ?? ((report) => this.lines.tell(report));
    this.hooks = hooks;
    this.deadlines = new Deadlines(clock);
    this.idleTimers = new Deadlines(clock, false);
    this.turns = new NextTurns(clock);
    this.writers = new WriterPool(frameCapacity);
    this.items = new WriterPool(itemCapacity);
    this.spare = new SpareMemory(this.idleTimers);
  }

  /** The one object of a class for this platform: for parts that not every platform has. */
  part<T extends object>(kind: new () => T): T {
    const known = this.#parts.get(kind) ?? new kind();
    this.#parts.set(kind, known);
    return known as T;
  }

  /** One encoder and decoder for all endpoints with the same limits, so that a new connection needs no new pair. */
  marshalling(limits: Limits): Marshalling {
    for (const known of this.#marshalling) if (marshalsAlike(known.limits, limits)) return known;
    const now = (): number => this.clock.now();
    const encoder = new Encoder(this.text, limits);
    const decoder = new Decoder(this.text, limits, now);
    const own = ownLimits(limits);
    const made = {
      limits,
      encoder,
      decoder,
      ownEncoder: own === null ? encoder : new Encoder(this.text, own),
      ownDecoder: own === null ? decoder : new Decoder(this.text, own, now),
      kept: new Map(),
    };
    this.#marshalling.unshift(made);
    if (this.#marshalling.length > maxKeptMarshallings) this.#marshalling.pop();
    return made;
  }

  /**
   * One budget for all endpoints with the same limit: it bounds the memory of this thread, of servers and clients
   * together.
   */
  memory(most: number): MemoryBudget {
    for (const known of this.#budgets) if (known.most === most) return known;
    const made = new MemoryBudget(this.clock, most);
    this.#budgets.unshift(made);
    if (this.#budgets.length > maxKeptMarshallings) this.#budgets.pop();
    return made;
  }
}

/** The limits of upcall's own frames, where the program's limits are lower than these; null where they are not. */
function ownLimits(limits: Limits): Limits | null {
  const { depth, nodes, bigintDigits } = defaultLimits;
  if (limits.depth >= depth && limits.nodes >= nodes && limits.bigintDigits >= bigintDigits) return null;
  return {
    ...limits,
    depth: Math.max(depth, limits.depth),
    nodes: Math.max(nodes, limits.nodes),
    bigintDigits: Math.max(bigintDigits, limits.bigintDigits),
  };
}

function marshalsAlike(one: Limits, other: Limits): boolean {
  return (
    one.depth === other.depth &&
    one.nodes === other.nodes &&
    one.bigintDigits === other.bigintDigits &&
    one.collisions === other.collisions
  );
}

/**
 * What all sessions of one server, or one client, have in common: limits, counters, the marshalling within those
 * limits.
 */
export class Endpoint {
  readonly platform: Platform;
  readonly limits: Limits;
  readonly counters: Counters;
  /** Tells all observers. Null where there is none: a call without observers pays only for this check. */
  observer: Observer | null = null;
  /** Told of references that were not closed. */
  readonly onLeak: OnLeak | null;
  /** Told of errors that no interface declares; null for the platform's log. */
  readonly onError: OnError | null;
  /** How much of such an error is sent to its caller. */
  readonly expose: Expose;
  /** Its upcalls are ambient: a call that is made in one knows its enclosing call without `bind`. */
  readonly ambient: boolean;
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  /** For upcall's own frames: greetings, failures, metadata, releases. */
  readonly ownEncoder: Encoder;
  readonly ownDecoder: Decoder;
  readonly #kept: Map<new () => object, object>;
  #instance: Uint8Array | null = null;
  #observers: Observers | null = null;
  /** The bytes that all connections hold together. */
  readonly memory: MemoryBudget;
  /** Puts interceptors between a proxy and the caller below it; null where there are none. */
  around: ((caller: Caller) => Caller) | null = null;
  /** Where objects of this side are called; null before the first session. */
  dispatcher: Dispatcher | null = null;
  /** Upcalls whose code waits for the end of this endpoint. */
  readonly closers: Set<IncomingCall> = new Set();

  constructor(
    platform: Platform,
    limits: Limits,
    counters: Counters,
    observer: Observer | readonly Observer[] | null,
    onLeak: OnLeak | null = null,
    onError: OnError | null = null,
    expose: Expose = "nothing",
    ambient = false,
  ) {
    this.platform = platform;
    this.onLeak = onLeak;
    this.onError = onError;
    this.expose = expose;
    this.ambient = ambient;
    this.limits = limits;
    this.counters = counters;
    if (observer !== null) for (const each of [observer].flat()) this.observe(each);
    const { encoder, decoder, ownEncoder, ownDecoder, kept } = platform.marshalling(limits);
    this.encoder = encoder;
    this.decoder = decoder;
    this.ownEncoder = ownEncoder;
    this.ownDecoder = ownDecoder;
    this.#kept = kept;
    this.memory = platform.memory(limits.memory);
  }

  /** 128 random bits that name this start of the server in every welcome, those of its workers' sessions too. */
  get instance(): Uint8Array {
    this.#instance ??= this.platform.randomness(new Uint8Array(16));
    return this.#instance;
  }

  set instance(bytes: Uint8Array) {
    this.#instance = bytes;
  }

  /** Told whether there is an observer, each time that this changes: for workers, which are asked to tell what they do. */
  observed: ((on: boolean) => void) | null = null;

  /** Adds an observer, until what this gives is disposed of. */
  observe(observer: Observer): Disposable {
    this.#observers ??= new Observers(this.platform.hooks, (all) => {
      const before = this.observer !== null;
      this.observer = all;
      if (before !== (all !== null)) this.observed?.(all !== null);
    });
    return this.#observers.add(observer);
  }

  /** The one object of a class for all endpoints with the same limits of values: what a wire keeps for them. */
  kept<T extends object>(kind: new () => T): T {
    let known = this.#kept.get(kind);
    if (known === undefined) {
      known = new kind();
      this.#kept.set(kind, known);
    }
    return known as T;
  }
}
