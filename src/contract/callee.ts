// The contract, the callee's side: what a session asks of the place where upcalls are made, and what that finds of a
// call.

import type { UpcallError } from "../errors.ts";
import type { MethodEntry } from "../interface/define.ts";
import type { Peer } from "../peer.ts";
import type { Metadata } from "./caller.ts";

/** One connection, as a dispatcher knows it: whose calls they are. */
export interface Holder {
  readonly peer: Peer;
  /** Given to user code; aborts when the connection has ended. */
  readonly signal: AbortSignal;
  /** Calls `told` once, when the connection has ended and its running calls have been told. */
  whenOver(told: () => void): void;
}

/** What a call that is made in an upcall has of that upcall's own call. */
export type EnclosingCall = Readonly<Pick<IncomingCall, "remaining" | "signal" | "metadata">>;

/** Follows calls through the promises of the object's code, where a server asked for it. */
export interface AmbientCalls {
  /** The call whose code runs now; null outside of upcalls. */
  current(): IncomingCall | null;
  /** Runs code of a call, or of none; what it awaits is the call's as well. */
  run<A extends readonly unknown[], R>(call: IncomingCall | null, code: (...args: A) => R, ...args: A): R;
}

/** The place where upcalls are made: this thread, or workers. */
export interface Dispatcher {
  /**
   * Finds a method by the names that the other side announced; an error when there is none.
   *
   * @param holder the connection that will call it; null where there is none, as with datagrams
   */
  find(interfaceName: string, methodName: string, holder: Holder | null): Target | UpcallError;
  /**
   * Begins an upcall. `bytes` are the marshalled arguments, valid during this call only, unless they are `owned`: then
   * their memory is not used again, or, where the method borrows its arguments, not before the call is settled.
   */
  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** The same with arguments that a wire with an encoding of its own has read; they are the call's from now on. */
  startWith(call: IncomingCall, args: unknown[]): void;
  /** The caller no longer wants the call, or its deadline has passed. It must still be settled. */
  cancel(call: IncomingCall): void;
  /**
   * Disposes of an object of this side, later than now: it was returned as a result, and no connection holds it any
   * more. An error in it belongs to no call.
   *
   * @param name its interface's
   * @param peer who held it last
   */
  dispose(object: object, name: string, peer: string): void;
}

/** A method that can be called here. */
export interface Target {
  readonly entry: MethodEntry;
}

/** One call on its way into the object. Exactly one of the settling methods is called, once; later ones do nothing. */
export interface IncomingCall {
  readonly id: number;
  readonly target: Target;
  /** Calls with the same one came one after the other, on one connection; null where they came each on its own. */
  readonly order: object | null;
  /** The id of its connection; empty where it has none. */
  readonly connection: string;
  /** Whether it came to this endpoint. */
  isOf(endpoint: object): boolean;
  /** The other end of its caller's connection. A dispatcher that knows better says so before it enters the object. */
  peer: Peer;
  /** The same for who that was found to be: what `authenticate` gave, or null. */
  identity: unknown;
  /** When it ends, in milliseconds on the clock. A dispatcher that knows better says so before it enters the object. */
  deadline: number;
  readonly oneway: boolean;
  /** Whether it is the only one of its connection now. */
  readonly alone: boolean;
  readonly settled: boolean;
  /** Given to user code; aborts when the caller is gone, has cancelled, or the deadline has passed. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left, 0 when there are none; infinitely many while a stream that it gave runs. */
  readonly remaining: number;
  /** What came with it, or what an interceptor made of that before the object is entered. */
  metadata: Metadata;
  /** Whether its server asked for it to be followed through the promises of the object's code. */
  readonly ambient: boolean;
  /**
   * Sends metadata back with what it settles with; what was said under another name before goes as well. Passed over on
   * the plain wire and for a oneway, which have no place for it.
   * @throws UpcallError INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY), FAILED_PRECONDITION
   *   (BAD_STATE) where the result was a stream and has been sent
   */
  answer(metadata: Metadata): void;
  /** What goes back so far. */
  readonly answered: Metadata;
  /** A second proxy whose calls are made in this one. @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) */
  bind<P extends object>(proxy: P): P;
  /** For the dispatcher's own use. */
  tag: unknown;
  /**
   * Says that the dispatcher keeps so many bytes of the arguments until the call is settled. False where its connection
   * holds too much already: then the call is to be refused.
   */
  hold(bytes: number): boolean;
  /**
   * Makes of decoded arguments, where the method carries something, what the object gets: proxies, functions, streams.
   * @throws UpcallError INVALID_ARGUMENT (BAD_REFERENCE, BAD_ARGUMENT), RESOURCE_EXHAUSTED (TOO_MANY), and nothing was
   *   received
   *
   * @param passing whether they are passed on, so that no code here has to close them
   */
  receive(args: unknown[], passing: boolean): unknown[];
  /**
   * Says that the arguments are views of this message, which no other code uses, and are done with when the call is
   * settled: then its memory is taken from code that still has it, and used again.
   */
  borrow(message: Uint8Array): void;
  /** Tells the observer, if there is one. */
  watch(stage: "decode" | "upcall" | "return", bytes: number): void;
  returned(value: unknown): void;
  failed(error: UpcallError): void;
  /** The same with a body that a worker has marshalled already; `owned` as in {@link Dispatcher.start}. */
  returnedBody(bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  failedBody(bytes: Uint8Array, start: number, end: number): void;
}
