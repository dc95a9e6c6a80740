// The session: calls on a wire whose connections carry one at a time. Each call has a connection of its own, or its
// turn on one that is at rest. Nothing is opened before the first call. Whatever dies, every call settles, by its
// deadline at the latest.

import { conditionsOf } from "../call/pending/conditions.ts";
import { PendingCall, promiseOf } from "../call/pending/pending.ts";
import { unwatch } from "../call/pending/signals.ts";
import { WaitingCalls } from "../call/pending/waiting-calls.ts";
import { watchCall } from "../call/pending/watch-pending.ts";
import { timeoutOf } from "../call/terms.ts";
import type { Connection } from "../connection.ts";
import type { Caller, CallOptions, Pipelined } from "../contract/caller.ts";
import { type ConnectionState, type LinkLook, nothingThere, type Standing } from "../contract/connection-state.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { States } from "../endpoint/states.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import { cancelledError, expiredError, neverConnected, notConnected, waitingTooMany } from "../failure/call-endings.ts";
import { closedError } from "../failure/losses.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import type { Stage } from "../observer.ts";
import type { ClientSession, SerialTerms, SerialWire } from "./contract.ts";

/** One connection, or the attempt to make it. */
class Lane {
  session: ClientSession | null = null;
  readonly abort: AbortController = new AbortController();
}

export class SerialCalls implements Caller, Standing {
  readonly peer: string;
  readonly #endpoint: Endpoint;
  readonly #wire: SerialWire;
  readonly #terms: SerialTerms;
  readonly #interfaces: Set<Interface> = new Set();
  readonly #waiting: WaitingCalls;
  /** Calls that have a connection, or the attempt to make one. */
  readonly #carried: Map<PendingCall, Lane> = new Map();
  readonly #lanes: Set<Lane> = new Set();
  /** The connection at rest, where one can be. */
  #free: Lane | null = null;
  #lastId = 0;
  #over: UpcallError | null = null;
  #closing: Promise<void> | null = null;
  #closed = false;
  readonly #states: States;
  #idle: () => void = () => {};
  readonly #expired = (call: PendingCall): void => this.#expire(call);
  readonly #nextId = (): number => ++this.#lastId;

  constructor(endpoint: Endpoint, wire: SerialWire, terms: SerialTerms) {
    this.#endpoint = endpoint;
    this.#wire = wire;
    this.#terms = terms;
    const account = endpoint.memory.account(endpoint.counters, { address: addressIn(terms.peer) });
    this.#waiting = new WaitingCalls(endpoint.limits, account);
    this.peer = terms.peer;
    this.#states = new States(endpoint.platform.hooks, this.state);
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

  /** @throws the errors of interfaces that the wire cannot carry together */
  announce(subject: Interface): number {
    this.#wire.check([...new Set([...this.#interfaces, subject])]);
    this.#interfaces.add(subject);
    return 0;
  }

  /** A call like any other: an interface that carries references was refused before. */
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
    const reply = promiseOf(call);
    try {
      this.#begin(call, args, options);
    } catch (error) {
      this.#settle(call);
      call.fail(error as UpcallError);
    }
    try {
      return await reply;
    } finally {
      this.#done(call);
    }
  }

  async ready(): Promise<void> {
    throw unsupported(`the ${this.#wire.name} wire has no greeting that could be answered: make a call, or`);
  }

  async ping(): Promise<void> {
    throw unsupported(`the ${this.#wire.name} wire has no ping: every message is a call; make one, or`);
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

  #begin(call: PendingCall, args: readonly unknown[], options: CallOptions | null): void {
    const { platform, counters, limits } = this.#endpoint;
    const { entry } = call;
    counters.callsMade++;
    if (this.#over !== null) throw this.#over;
    let timeout = timeoutOf(options, entry.method.timeout ?? this.#terms.timeout, limits.timeoutMost);
    this.#tell("proxy", "call", call, 0);
    if (Object.keys(options?.metadata ?? {}).length > 0)
      throw unsupported(`${entry.fullName} was not sent: the ${this.#wire.name} wire carries no metadata;`);
    if (options !== null || platform.ambient !== null)
      ({ timeout } = conditionsOf(this.#endpoint, call, options, timeout, (reason) => this.#cancel(call, reason)));
    call.deadline = Math.ceil(platform.clock.now() + timeout);
    const message = this.#wire.marshal(this.#endpoint, entry, args);
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
    while (this.#waiting.size > 0) {
      const free = this.#free;
      if (free === null ? this.#lanes.size >= this.#wire.connections : free.session?.takes !== true) return;
      const [call, message] = this.#waiting.first;
      // It may be late by the clock before the wheel has turned.
      if (call.deadline <= this.#endpoint.platform.clock.now()) {
        call.expired();
        continue;
      }
      this.#waiting.remove(call);
      const lane = free ?? new Lane();
      this.#free = null;
      this.#lanes.add(lane);
      this.#carried.set(call, lane);
      if (lane.session === null) void this.#connect(lane, call, message);
      else lane.session.adopt(call, 0, null, null, message, null);
    }
  }

  async #connect(lane: Lane, call: PendingCall, message: Uint8Array): Promise<void> {
    const { connect, connectTimeout } = this.#terms;
    try {
      const connection = await connect({ signal: lane.abort.signal, timeout: connectTimeout });
      if (!call.settled) return this.#connected(lane, connection, call, message);
      connection.destroy();
    } catch (error) {
      if (!call.settled) this.#fail(call, error instanceof UpcallError ? error : notConnected(this.peer, error));
    }
    this.#gone(lane);
  }

  #connected(lane: Lane, connection: Connection, call: PendingCall, message: Uint8Array): void {
    const { counters } = this.#endpoint;
    counters.connections++;
    counters.connectionsNow++;
    lane.session = this.#wire.client(this.#endpoint, connection, {
      peer: this.peer,
      nextId: this.#nextId,
      onClosed: () => {
        counters.connectionsNow--;
        this.#gone(lane);
      },
    });
    lane.session.adopt(call, 0, null, null, message, null);
  }

  /** The call has settled: its connection may carry another one. */
  #done(call: PendingCall): void {
    const lane = this.#carried.get(call);
    this.#carried.delete(call);
    if (lane?.session?.takes === true) this.#free = lane;
    this.#pump();
    this.#look();
  }

  #gone(lane: Lane): void {
    this.#lanes.delete(lane);
    if (this.#free === lane) this.#free = null;
    this.#pump();
    this.#look();
  }

  /** While closing: ends what is at rest, and tells when nothing is left. */
  #look(): void {
    if (this.#over === null || this.#waiting.size > 0 || this.#carried.size > 0) return;
    void this.#free?.session?.close();
    if (this.#lanes.size === 0) this.#idle();
  }

  #settle(call: PendingCall): void {
    call.settled = true;
    this.#waiting.remove(call);
    this.#endpoint.platform.deadlines.remove(call);
    if (call.watched !== null) unwatch(call);
  }

  #fail(call: PendingCall, error: UpcallError): void {
    this.#settle(call);
    call.fail(error);
    this.#tell("settle", "reply", call, 0);
  }

  /** Ends the call: by its session, or by ending the attempt to connect. */
  #giveUp(call: PendingCall, error: UpcallError): void {
    const lane = this.#carried.get(call);
    if (lane !== undefined && lane.session !== null) return lane.session.cancel(call, error);
    this.#fail(call, error);
    lane?.abort.abort();
  }

  #cancel(call: PendingCall, reason: unknown): void {
    if (call.settled) return;
    if (call.id === 0) this.#endpoint.counters.cancelled++;
    this.#giveUp(call, cancelledError(call, reason));
  }

  #expire(call: PendingCall): void {
    this.#endpoint.counters.deadlinesExceeded++;
    this.#giveUp(
      call,
      this.#carried.has(call) ? neverConnected(call, this.peer) : expiredError(call, false, this.peer),
    );
  }

  async #close(): Promise<void> {
    const { platform, limits } = this.#endpoint;
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
    const { drain } = this.#endpoint.limits;
    for (const call of [...this.#waiting.all(), ...this.#carried.keys()])
      this.#giveUp(
        call,
        new UpcallError(
          "CANCELLED",
          `the connection was closed, and ${drain} ms were not enough for ${call.entry.fullName} to finish`,
          { reason: "CLOSED", outcome: call.id === 0 ? "not-executed" : "unknown" },
        ),
      );
  }

  #tell(stage: Stage, way: "call" | "reply", call: PendingCall, bytes: number): void {
    if (this.#endpoint.observer !== null) watchCall(this.#endpoint, "", way, stage, call, bytes);
  }
}

/** The host of an address as it was given, without its port; empty where there is none. */
function addressIn(url: string): string {
  return /^[a-z]+:\/\/(.+):\d+\/?$/.exec(url)?.[1] ?? "";
}

function unsupported(what: string): Error {
  return notExecuted("UNIMPLEMENTED", "NOT_SUPPORTED", `${what} use wire: "native"`);
}
