// The session on the plain wire, the caller's half: each call has a connection of its own, or with newlines a turn on the
// one there is. Nothing is opened before the first call. Whatever dies, every call settles, by its deadline at the latest.

import { conditionsOf } from "../../call/pending/conditions.ts";
import { PendingCall } from "../../call/pending/pending.ts";
import { unwatch } from "../../call/pending/signals.ts";
import { WaitingCalls } from "../../call/pending/waiting-calls.ts";
import { watchCall } from "../../call/pending/watch-pending.ts";
import { timeoutOf } from "../../call/terms.ts";
import type { Caller, CallOptions, Pipelined } from "../../contract/caller.ts";
import { type ConnectionState, type LinkLook, nothingThere, type Standing } from "../../contract/state.ts";
import type { Account } from "../../endpoint/memory.ts";
import type { Household } from "../../endpoint/platform.ts";
import { States } from "../../endpoint/states.ts";
import { notExecuted, UpcallError } from "../../errors.ts";
import { cancelledError, expiredError, waitingTooMany } from "../../failure/call-endings.ts";
import { closedError } from "../../failure/losses.ts";
import type { Interface, MethodEntry } from "../../interface/define.ts";
import { plainConnections } from "../../limits.ts";
import type { Stage } from "../../observer.ts";
import { contentOf, valueIn } from "./content.ts";
import { type LineOwner, type LineTerms, PlainLine } from "./line.ts";
import { messageOfCall, noMetadataHere } from "./message.ts";

export interface PlainCallerOptions extends LineTerms {
  /** Milliseconds of a call when neither it nor its method says anything. */
  readonly timeout: number;
  /** Refuses, by throwing, interfaces that the plain wire cannot carry together. */
  readonly check: (interfaces: readonly Interface[]) => void;
}

export class PlainCaller implements Caller, LineOwner, Standing {
  readonly peer: string;
  readonly #home: Household;
  readonly #options: PlainCallerOptions;
  readonly #interfaces: Set<Interface> = new Set();
  readonly #account: Account;
  readonly #waiting: WaitingCalls;
  readonly #carried: Map<PendingCall, PlainLine> = new Map();
  readonly #lines: Set<PlainLine> = new Set();
  /** The connection at rest, with newlines. */
  #free: PlainLine | null = null;
  #lastId = 0;
  #over: UpcallError | null = null;
  #closing: Promise<void> | null = null;
  #closed = false;
  readonly #states: States;
  #idle: () => void = () => {};
  readonly #expired = (call: PendingCall): void => this.#expire(call);

  constructor(home: Household, options: PlainCallerOptions) {
    this.#home = home;
    this.#options = options;
    this.#account = home.memory.account(home.counters, { address: addressIn(options.peer) });
    this.#waiting = new WaitingCalls(home.limits, this.#account);
    this.peer = options.peer;
    this.#states = new States(home.platform.hooks, this.state);
  }

  /** A call opens its own connection, so there is nothing to lose between two of them. */
  get state(): ConnectionState {
    if (this.#closed) return "closed";
    return this.#closing === null ? "connected" : "draining";
  }

  get links(): readonly LinkLook[] {
    const { state, peer } = this;
    const calls = this.#carried.size + this.#waiting.size;
    return [{ ...nothingThere, calls, state, url: peer, peer, since: 0, error: null }];
  }

  onState(told: (state: ConnectionState) => void): Disposable {
    return this.#states.add(told);
  }

  /** There is no greeting on this wire. */
  async ready(): Promise<void> {
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      'the plain wire has no greeting that could be answered: make a call, or use wire: "native"',
    );
  }

  /** Errors: INVALID_ARGUMENT (BAD_INTERFACE) for one that does not fit the wire, or is the second one. */
  announce(subject: Interface): number {
    this.#options.check([...new Set([...this.#interfaces, subject])]);
    this.#interfaces.add(subject);
    return 0;
  }

  /** The wire has no references, so this is a call like any other, of an interface that was refused before. */
  pipeline(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Pipelined {
    return { result: this.call(number, entry, args, options), target: this, taken: () => {} };
  }

  async call(
    _number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
  ): Promise<unknown> {
    const call = new PendingCall(entry, 0, this.#expired);
    const reply = new Promise<unknown>((resolve, reject) => {
      call.resolve = resolve;
      call.reject = reject;
    });
    try {
      this.#begin(call, args, options);
    } catch (error) {
      this.#settle(call);
      throw error;
    }
    return await reply;
  }

  /** There is nothing on this wire that could ask it. */
  async ping(): Promise<void> {
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      'the plain wire has no ping: every message is a call; make one, or use wire: "native"',
    );
  }

  close(): Promise<void> {
    if (this.#closing === null) {
      this.#closing = this.#close().finally(() => {
        this.#closed = true;
        this.#states.now("closed");
      });
      this.#states.now("draining");
    }
    return this.#closing;
  }

  sending(call: PendingCall, length: number): void {
    call.id = ++this.#lastId;
    this.#tell("frame", "call", call, length);
    this.#tell("send", "call", call, length);
  }

  replied(call: PendingCall, reply: Uint8Array): void {
    this.#tell("receive", "reply", call, reply.length);
    this.#tell("unframe", "reply", call, reply.length);
    this.#settle(call);
    try {
      const value = valueIn(this.#home, contentOf(call.entry), reply);
      this.#tell("decode", "reply", call, reply.length);
      call.resolve(value);
    } catch (error) {
      this.#home.counters.plainBad++;
      call.reject(
        new UpcallError("INTERNAL", `the reply to ${call.entry.fullName} is not UTF-8, and its interface says text`, {
          reason: "BAD_RESULT",
          outcome: "executed",
          cause: error,
        }),
      );
    }
    this.#tell("settle", "reply", call, 0);
  }

  failed(call: PendingCall, error: UpcallError): void {
    this.#settle(call);
    call.reject(error);
    this.#tell("settle", "reply", call, 0);
  }

  free(line: PlainLine): void {
    this.#free = line;
    this.#pump();
    if (this.#over !== null && this.#free === line) line.abandon();
  }

  gone(line: PlainLine): void {
    this.#lines.delete(line);
    if (this.#free === line) this.#free = null;
    this.#pump();
    this.#look();
  }

  #begin(call: PendingCall, args: readonly unknown[], options: CallOptions | null): void {
    const { platform, counters } = this.#home;
    const { entry } = call;
    counters.callsMade++;
    if (this.#over !== null) throw this.#over;
    let timeout = timeoutOf(options, entry.method.timeout ?? this.#options.timeout, this.#home.limits.timeoutMost);
    this.#tell("proxy", "call", call, 0);
    if (Object.keys(options?.metadata ?? {}).length > 0) throw noMetadataHere(entry);
    if (options !== null || platform.ambient !== null)
      ({ timeout } = conditionsOf(this.#home, call, options, timeout, (reason) => this.#cancel(call, reason)));
    call.deadline = Math.ceil(platform.clock.now() + timeout);
    const { end } = this.#options;
    const message = messageOfCall(this.#home, entry, args, end);
    this.#tell("encode", "call", call, message.length);
    if (!this.#waiting.add(call, message)) {
      counters.refusedWaiting++;
      throw waitingTooMany(this.#waiting.size, this.peer);
    }
    platform.deadlines.add(call);
    this.#pump();
  }

  /** Gives calls that wait a connection, as long as there may be more. */
  #pump(): void {
    const most = this.#options.end === "newline" ? 1 : plainConnections;
    while (this.#waiting.size > 0) {
      if (this.#free === null && this.#lines.size >= most) return;
      const [call, message] = this.#waiting.first;
      // It may be late by the clock before the wheel has turned.
      if (call.deadline <= this.#home.platform.clock.now()) {
        call.expired();
        continue;
      }
      this.#waiting.remove(call);
      const line = this.#free ?? new PlainLine(this.#home, this.#options, this);
      this.#free = null;
      this.#lines.add(line);
      this.#carried.set(call, line);
      line.carry(call, message);
    }
  }

  /** Takes the call out of every table. A connection whose call is given up goes with it. */
  #settle(call: PendingCall): void {
    call.settled = true;
    this.#waiting.remove(call);
    this.#carried.delete(call);
    this.#home.platform.deadlines.remove(call);
    if (call.watched !== null) unwatch(call);
    this.#look();
  }

  #giveUp(call: PendingCall, error: UpcallError): void {
    const line = this.#carried.get(call);
    this.failed(call, error);
    line?.abandon();
  }

  #cancel(call: PendingCall, reason: unknown): void {
    if (call.settled) return;
    this.#home.counters.cancelled++;
    this.#giveUp(call, cancelledError(call, reason));
  }

  #expire(call: PendingCall): void {
    this.#home.counters.deadlinesExceeded++;
    const line = this.#carried.get(call);
    this.#giveUp(call, line === undefined ? expiredError(call, false, this.peer) : line.late(call));
  }

  async #close(): Promise<void> {
    const { platform, limits } = this.#home;
    this.#over = closedError(this.peer);
    const timer = platform.clock.after(limits.drain, () => this.#cancelAll());
    timer.keepAlive(true);
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      this.#look();
    });
    timer.cancel();
  }

  #cancelAll(): void {
    for (const call of [...this.#waiting.all(), ...this.#carried.keys()]) {
      const sent = call.id !== 0;
      this.#giveUp(
        call,
        new UpcallError(
          "CANCELLED",
          `the connection was closed, and ${this.#home.limits.drain} ms were not enough for ${call.entry.fullName} to finish`,
          { reason: "CLOSED", outcome: sent ? "unknown" : "not-executed" },
        ),
      );
    }
  }

  /** While closing: ends what is at rest, and tells when nothing is left. */
  #look(): void {
    if (this.#over === null || this.#waiting.size > 0 || this.#carried.size > 0) return;
    this.#free?.abandon();
    if (this.#lines.size === 0) this.#idle();
  }

  #tell(stage: Stage, way: "call" | "reply", call: PendingCall, bytes: number): void {
    if (this.#home.observer !== null) watchCall(this.#home, "", way, stage, call, bytes);
  }
}

/** The host of an address as it was given, without its port; empty where there is none. */
function addressIn(url: string): string {
  return /^[a-z]+:\/\/(.+):\d+\/?$/.exec(url)?.[1] ?? "";
}
