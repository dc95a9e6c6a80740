// The session on the plain wire, the callee's half: one message becomes one upcall in the dispatcher, and what comes of
// it the bytes of a reply, or none. Knows neither connections nor datagrams.

import { RunningCall, type RunningOwner } from "../../call/running/running.ts";
import { watchUpcall } from "../../call/running/watch-running.ts";
import type { Dispatcher, Holder, Target } from "../../contract/callee.ts";
import type { Account } from "../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { type Reason, textOf, UpcallError } from "../../errors.ts";
import { deadlinePassed } from "../../failure/call-refusals.ts";
import { failureIn } from "../../failure/read-error.ts";
import { reported } from "../../failure/thrown.ts";
import type { Interface } from "../../interface/define.ts";
import type { Stage } from "../../observer.ts";
import type { Peer } from "../../peer.ts";
import { type Content, contentOf, messageOf, valueIn } from "./content.ts";

/** The one method that all messages are for. */
export interface PlainTarget {
  readonly dispatcher: Dispatcher;
  readonly target: Target;
}

/**
 * The method of the one interface, found once.
 *
 * @param holder the connection that the messages come from; null for datagrams
 * @throws UpcallError UNIMPLEMENTED (NO_INTERFACE, NO_METHOD) when it is not in this dispatcher; UNIMPLEMENTED
 *   (NOT_SUPPORTED) when it wants a connection and there is none
 */
export function plainTarget(
  dispatcher: Dispatcher,
  [subject]: readonly Interface[],
  holder: Holder | null,
): PlainTarget {
  const target = dispatcher.find(subject?.name ?? "", subject?.table[0]?.name ?? "", holder);
  if (target instanceof UpcallError) throw target;
  return { dispatcher, target };
}

export interface PlainUpcallOwner {
  /** The connection's id on this side; empty where it has none. */
  readonly connection: string;
  /** What the connection holds. */
  readonly account: Account;
  /** The upcall is over. `reply` is null where there is none: the plain wire has no way to say why. */
  settled(upcall: PlainUpcall, reply: Uint8Array | null): void;
  /** Its deadline has passed. It may go on; `settled` follows when it ends. */
  expired(upcall: PlainUpcall): void;
}

/** Failures that are about what crossed the wire. */
const badReasons: ReadonlySet<Reason> = new Set<Reason>(["BAD_MESSAGE", "BAD_ARGUMENT", "BAD_RESULT"]);

export class PlainUpcall implements RunningOwner {
  readonly peer: Peer;
  readonly endpoint: Endpoint;
  readonly account: Account;
  /** This wire has no greeting, so it has no identities. */
  readonly identity = null;
  /** A connection has one message after the other. */
  readonly size = 1;
  readonly #to: PlainTarget;
  readonly #owner: PlainUpcallOwner;
  readonly #call: RunningCall;
  readonly #content: Content;
  /** Its place is another's. */
  #left = false;

  /** @param id a running number: the wire has none */
  constructor(endpoint: Endpoint, to: PlainTarget, owner: PlainUpcallOwner, id: number, peer: Peer) {
    const { limits, platform } = endpoint;
    this.#to = to;
    this.#owner = owner;
    this.#content = contentOf(to.target.entry);
    this.account = owner.account;
    this.peer = peer;
    this.endpoint = endpoint;
    const timeout = to.target.entry.method.timeout ?? limits.timeout;
    this.#call = new RunningCall(this, id, to.target, false, platform.clock.now() + timeout);
  }

  get connection(): string {
    return this.#owner.connection;
  }

  /** Begins. `message` may be used again at once. */
  start(message: Uint8Array): void {
    const { counters, platform } = this.endpoint;
    counters.callsReceived++;
    counters.framesReceived++;
    counters.runningNow++;
    this.#tell("receive", "call", message.length);
    this.#tell("unframe", "call", message.length);
    this.#enter(message);
    if (!this.#call.settled) platform.deadlines.add(this.#call);
  }

  #enter(message: Uint8Array): void {
    let value: unknown;
    try {
      value = valueIn(this.endpoint, this.#content, message);
    } catch (error) {
      this.endpoint.counters.badArguments++;
      return this.failed(this.#call, error as UpcallError);
    }
    this.#tell("decode", "call", message.length);
    if (value instanceof Uint8Array && this.#call.target.entry.method.borrows) this.#call.borrow(value);
    this.#to.dispatcher.startWith(this.#call, [value]);
  }

  /** The reply is not needed any more; `settled` still follows. */
  abandon(reason: UpcallError): void {
    if (this.#call.settled) return;
    this.#call.abort(reason);
    this.#to.dispatcher.cancel(this.#call);
  }

  /** It goes on, and does not count as running any more: its caller is gone. */
  leave(): void {
    this.#left = true;
    this.endpoint.counters.runningNow--;
  }

  /** The reply was handed over. */
  sent(bytes: number): void {
    this.#tell("send", "reply", bytes);
  }

  /** The wire carries nothing but data. */
  receive(_call: RunningCall, args: unknown[]): unknown[] {
    return args;
  }

  watch(stage: "decode" | "upcall" | "return", _call: RunningCall, bytes: number): void {
    this.#tell(stage, stage === "return" ? "reply" : "call", bytes);
  }

  expired(call: RunningCall): void {
    this.endpoint.counters.deadlinesExceeded++;
    this.#owner.expired(this);
    this.abandon(deadlinePassed(call.target.entry.fullName));
  }

  returned(_call: RunningCall, value: unknown): void {
    this.#settle(this.#bytesOf(() => value));
  }

  failed(_call: RunningCall, error: UpcallError): void {
    if (badReasons.has(error.reason)) this.endpoint.counters.plainBad++;
    if (error.reason === "BAD_RESULT") this.#tellHere(error.message);
    this.#settle(null);
  }

  /** The reply cannot be one. Its caller cannot be told, so this side is. */
  unfit(why: string): void {
    this.#tellHere(`${this.#call.target.entry.fullName} returned what is no reply here: ${why}`);
  }

  body(call: RunningCall, failed: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (failed) this.failed(call, failureIn(this.endpoint.ownDecoder, bytes, start, end));
    else this.#settle(this.#bytesOf(() => this.endpoint.ownDecoder.value(bytes, start, end)));
  }

  #settle(reply: Uint8Array | null): void {
    this.#call.settled = true;
    this.#call.unhold();
    if (!this.#left) this.endpoint.counters.runningNow--;
    this.endpoint.platform.deadlines.remove(this.#call);
    if (reply !== null) {
      this.#tell("encode", "reply", reply.length);
      this.#tell("frame", "reply", reply.length);
    }
    this.#owner.settled(this, reply);
  }

  /** What the method returned as bytes of its own, or null when it is not what its interface says. */
  #bytesOf(value: () => unknown): Uint8Array | null {
    const content = this.#content;
    try {
      const why = content === "text" ? "it is no string" : "it is no Uint8Array";
      return this.#checked(messageOf(this.endpoint, content, value(), "result"), why);
    } catch (error) {
      return this.#checked(null, textOf(error));
    }
  }

  #checked(reply: Uint8Array | null, why: string): Uint8Array | null {
    const { counters, limits } = this.endpoint;
    if (reply !== null && reply.length <= limits.message) return reply;
    if (reply === null) counters.plainBad++;
    else counters.messagesTooLarge++;
    this.unfit(reply === null ? why : `it is ${reply.length} bytes long, and limits.message is ${limits.message}`);
    return null;
  }

  #tellHere(why: string): void {
    const { id, target } = this.#call;
    const text = `${why}; its caller got no reply, and the plain wire cannot say why`;
    const error = new UpcallError("INTERNAL", text, { reason: "BAD_RESULT", outcome: "executed" });
    reported(this.endpoint, error, { method: target.entry.fullName, peer: this.peer, call: id });
  }

  #tell(stage: Stage, way: "call" | "reply", bytes: number): void {
    const { id, target } = this.#call;
    if (this.endpoint.observer !== null)
      watchUpcall(this.endpoint, this.connection, way, stage, id, target.entry.fullName, bytes);
  }
}
