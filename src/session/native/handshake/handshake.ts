// The session: the greeting. The side that connected says what it will call and need not wait for the answer; the side
// that accepted understands nothing else before it. Nothing is decoded for a stranger but this one short message.

import { isIdentity, isPromised } from "../../../call/access.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { type Reason, UpcallError } from "../../../errors.ts";
import { notAuthenticated } from "../../../failure/call-refusals.ts";
import type { Interface } from "../../../interface/define.ts";
import type { Peer } from "../../../peer.ts";
import { flag, kind } from "../../../wire/native/frame.ts";
import type { FrameReader, FrameSink } from "../../../wire/native/reader.ts";
import type { FrameOutput } from "../output/output.ts";
import type { Names } from "./announced.ts";
import { announcementsOf } from "./announced.ts";
import { EarlyFrames } from "./early.ts";
import { greetingOf, sessionIdLength, type Taken } from "./greeting.ts";
import { RememberedGreetings } from "./remembered.ts";
import type { SessionOptions } from "./session-options.ts";

/** Named for what comes next. */
type HandshakeState = "await-greeting" | "await-identity" | "await-welcome" | "open";

/**
 * What it asks of the session it belongs to, which it lets go of when it is open: whatever leads back to a session makes short
 * connections dear, for one part of them that grew old keeps all the others until a full collection.
 */
export interface HandshakeOwner {
  readonly from: Peer;
  /** The connection is over: the handshake ends too. */
  readonly over: boolean;
  /** The peer is let in, or the greeting was answered. */
  opened(): void;
  /** It is being found out who greeted; frames that come meanwhile are held. */
  asking(): void;
  /** The other side is told why it may not come in. */
  refuse(error: UpcallError): void;
  /** The other side says that the conversation cannot go on. */
  refused(bytes: Uint8Array, start: number, end: number): void;
}

/** What the greeting says, for those who ask. */
export interface Greeted {
  readonly upcalls: { announce(names: Names): void; identity: unknown };
  welcome(taken: Taken): void;
}

export class Handshake implements FrameSink {
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  readonly #halves: Greeted;
  readonly #options: SessionOptions;
  /** Null once it is open. */
  #owner: HandshakeOwner | null;
  #state: HandshakeState;
  #early: EarlyFrames | null = null;
  /** What is optional on the wire and named by both sides: nothing else of it may be sent. Empty before it is known. */
  features: readonly string[] = [];
  /**
   * Names this start of the server, in hexadecimal digits; empty before it is known, and where the server does not say.
   */
  instance = "";

  constructor(
    endpoint: Endpoint,
    output: FrameOutput,
    halves: Greeted,
    options: SessionOptions,
    owner: HandshakeOwner,
  ) {
    this.#endpoint = endpoint;
    this.#owner = owner;
    this.#output = output;
    this.#halves = halves;
    this.#options = options;
    this.#state = options.role === "connected" ? "await-welcome" : "await-greeting";
  }

  get #greetings(): RememberedGreetings {
    return this.#endpoint.kept(RememberedGreetings);
  }

  get open(): boolean {
    return this.#state === "open";
  }

  /** Whether this side has sent its first frame: nothing else may go before it. */
  get spoken(): boolean {
    return this.#state === "await-welcome" || this.#state === "open";
  }

  /** The session's id, the same at both ends and no secret, in hexadecimal digits; empty before it is known. */
  get id(): string {
    return this.#output.connection;
  }

  /** Whether it took a while to find out who greeted. */
  get asked(): boolean {
    return this.#early !== null;
  }

  /** Frames that were held while it was not known who had sent them, one at a time. */
  held(): Uint8Array | undefined {
    return this.#early?.next();
  }

  /** The side that connected sends first. */
  greet(interfaces: readonly Interface[]): void {
    const { ownEncoder: encoder, limits, platform } = this.#endpoint;
    const { token } = this.#options;
    this.#output.preface();
    if (typeof token === "string") return this.#show(token, interfaces);
    const known = this.#greetings.greeting(encoder, limits, interfaces);
    if (known !== null) {
      this.#output.session = platform.randomness(known.session).slice();
      return this.#output.put(kind.greeting, 0, 0, 0, 0, known.body);
    }
    const session = platform.randomness(new Uint8Array(sessionIdLength));
    this.#output.session = session;
    const [first = [], ...others] = announcementsOf(interfaces);
    this.#output.value(encoder, kind.greeting, 0, greetingOf(limits, session, first));
    for (const more of others) this.#output.value(encoder, kind.announce, 0, more);
  }

  /** A greeting with a token. Interfaces follow it: both together could be longer than a greeting may be. */
  #show(token: string, interfaces: readonly Interface[]): void {
    const { ownEncoder: encoder, limits, platform } = this.#endpoint;
    const session = platform.randomness(new Uint8Array(sessionIdLength));
    this.#output.session = session;
    this.#output.value(encoder, kind.greeting, 0, { ...greetingOf(limits, session, []), token });
    for (const part of announcementsOf(interfaces)) this.#output.value(encoder, kind.announce, 0, part);
  }

  /** A frame that came before the handshake was over. Errors are thrown: the connection cannot go on after one. */
  frame(header: FrameReader, bytes: Uint8Array, start: number, end: number): boolean {
    const owner = this.#owner;
    if (owner === null) return false;
    if (!header.continued) this.#endpoint.counters.framesReceived++;
    if (header.kind === kind.refusal && this.#options.role === "connected") owner.refused(bytes, start, end);
    else this.#enter(header, bytes, start, end, owner);
    return true;
  }

  #enter(header: FrameReader, bytes: Uint8Array, start: number, end: number, owner: HandshakeOwner): void {
    if (this.#state === "await-identity") return this.#early?.add(header, bytes, start, end);
    const expected = this.#state === "await-greeting" ? kind.greeting : kind.welcome;
    checkFirst(header, expected);
    if (this.#state === "await-greeting") this.#greeted(bytes, start, end, owner);
    else {
      const said = this.#greetings.welcomed(this.#endpoint.platform.skim, bytes, start, end);
      this.instance = said.instance;
      this.#open(said, owner);
    }
  }

  /** Nothing came in time: why the connection cannot go on. */
  late(): UpcallError {
    if (this.#state === "await-identity") return this.#stranger();
    return noGreeting(this.#endpoint, this.#state === "await-greeting" ? undefined : "the greeting was not answered");
  }

  #greeted(bytes: Uint8Array, start: number, end: number, owner: HandshakeOwner): void {
    const { limits, platform } = this.#endpoint;
    const { names, taken, token } = this.#greetings.greeted(platform.skim, bytes, start, end, limits.announced);
    this.#output.session = this.#greetings.session;
    this.#halves.upcalls.announce(names);
    const authenticate = this.#options.accessHooks?.authenticate ?? null;
    if (authenticate === null) return this.#admit(taken, null, owner);
    let said: unknown;
    try {
      said = authenticate(token ?? null, { peer: owner.from });
      if (isPromised(said)) return this.#ask(Promise.resolve(said), taken, owner);
    } catch {
      // A hook that throws has found no identity.
      said = null;
    }
    this.#decide(taken, said, owner);
  }

  #ask(promised: Promise<unknown>, taken: Taken, owner: HandshakeOwner): void {
    this.#state = "await-identity";
    this.#early = new EarlyFrames(this.#endpoint.limits);
    owner.asking();
    promised.then(
      (said) => this.#decide(taken, said, owner),
      () => this.#decide(taken, null, owner),
    );
  }

  #decide(taken: Taken, said: unknown, owner: HandshakeOwner): void {
    if (owner.over) return;
    if (isIdentity(said)) this.#admit(taken, said, owner);
    else owner.refuse(this.#stranger());
  }

  #admit(taken: Taken, identity: unknown, owner: HandshakeOwner): void {
    const { ownEncoder: encoder, limits, instance } = this.#endpoint;
    this.#halves.upcalls.identity = identity;
    this.#output.preface();
    this.#output.put(kind.welcome, 0, 0, 0, 0, this.#greetings.welcome(encoder, limits, instance));
    this.#open(taken, owner);
  }

  #open(taken: Taken, owner: HandshakeOwner): void {
    this.#state = "open";
    this.#owner = null;
    this.features = taken.features;
    this.#halves.welcome(taken);
    owner.opened();
  }

  #stranger(): UpcallError {
    this.#endpoint.counters.notAuthenticated++;
    return notAuthenticated();
  }
}

/** @throws UpcallError INVALID_ARGUMENT (BAD_GREETING) for a first frame that is none */
export function checkFirst({ kind: found, flags }: FrameReader, expected: number): void {
  if (found !== expected)
    throw bad("BAD_GREETING", `the first frame is of kind ${found}; kind ${expected} was expected`);
  if ((flags & flag.more) !== 0) throw bad("BAD_GREETING", "the first frame cannot travel in pieces");
}

/** It was not said in time who is there. */
export function noGreeting({ counters, limits }: Endpoint, what = "no greeting came"): UpcallError {
  counters.greetingTimeouts++;
  counters.badGreetings++;
  return new UpcallError(
    "DEADLINE_EXCEEDED",
    `${what} within ${limits.greetingTime} ms: is the other side on another wire?`,
    { reason: "BAD_GREETING", outcome: "not-executed" },
  );
}

function bad(reason: Reason, message: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", message, { reason, outcome: "not-executed" });
}
