// The session: what it asks of its neighbours on the walk, the proxy above it on one side and whoever makes upcalls on
// the other, and what it offers them.

import type { UpcallError } from "../errors.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import type { CallbackSpec, ReferenceSpec } from "../interface/spec.ts";
import type { Holder } from "./holder.ts";

/**
 * Texts by name that travel beside a call's arguments, and beside its result. Names are those of HTTP's headers, in lower
 * case; at most 32 entries (`limits.metadataEntries`) and 4 KiB (`limits.metadata`). What arrives has no prototype.
 */
export type Metadata = Readonly<Record<string, string>>;

/** What a proxy may say about one call. */
export interface CallOptions {
  /** Milliseconds until the call ends with DEADLINE_EXCEEDED, more than 0, at most `limits.timeoutMost` (24 h). */
  readonly timeout?: number | undefined;
  /** Milliseconds that a stream of the call may be silent while somebody waits for its next item; as `timeout`. */
  readonly idleTimeout?: number | undefined;
  /** Ends the call with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Goes with the call; the object finds it in `context().metadata`. Native wire only. */
  readonly metadata?: Metadata | undefined;
  /**
   * Told of what the object sent back beside its result or its error, by `context().answer()`, before the call settles;
   * not called where there is none. What it throws, or rejects with, is written on standard error, once.
   */
  readonly onMetadata?: ((metadata: Metadata) => void) | undefined;
  /**
   * False: the call passes others of its proxy that are long, and is passed by others where it is long itself. Default: what
   * its method says, then its connection, and true else.
   */
  readonly ordered?: boolean | undefined;
}

/**
 * What a call without a reply may give once it was sent: the one promise for all of them, which needs nobody to look after its
 * error, as it has none.
 */
export const sent: Promise<unknown> = Promise.resolve();

/** What a proxy needs: someone who carries calls to the object. */
export interface Caller {
  readonly peer: string;
  /** Tells the other side of an interface; gives the number of its first method on this connection. */
  announce(subject: Interface): number;
  /**
   * Makes a call; the promise settles by the call's deadline at the latest. Errors are {@link UpcallError}s.
   *
   * @param order calls with the same one are sent in the order in which they are made; null for calls that have none
   */
  call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Promise<unknown>;
  /** The same for a method that returns a reference: what it returns can be called before it is here. */
  pipeline(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Pipelined;
  /** Lets running calls finish, up to the drain limit, then ends the connection. May be called twice. */
  close(): Promise<void>;
}

/** What may end before a call of it is made that was on its way to it already: then the call is made all the same. */
export interface Delayed {
  /** A call is on its way. Errors: where it has ended. */
  underWay(): void;
  /** The same call was made, or will not be. */
  made(): void;
}

/** What of a call is passed on beside its arguments. */
type PassedCall = Pick<IncomingCall, "peer" | "identity" | "metadata" | "answer">;

/** What is said about a call that passes on another one: what it brings nobody here has to close. */
export class PassingOptions implements CallOptions {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** Whoever made it, and who that was found to be. */
  readonly peer: string;
  readonly identity: unknown;
  readonly metadata: Metadata | undefined;
  readonly onMetadata: (metadata: Metadata) => void;
  readonly #call: PassedCall;

  /** @param signal the call's own, or none where somebody else looks after its cancelling */
  constructor(
    timeout: number,
    signal: AbortSignal | undefined,
    call: PassedCall,
    metadata: Metadata | undefined = call.metadata,
    onMetadata: ((metadata: Metadata) => void) | null = null,
  ) {
    this.timeout = timeout;
    this.signal = signal;
    this.peer = call.peer;
    this.identity = call.identity;
    this.metadata = metadata;
    this.onMetadata = onMetadata ?? ((answered) => answerWith(call, answered));
    this.#call = call;
  }

  /** The same call with other terms. */
  renewed(timeout: number, signal: AbortSignal | undefined, metadata: Metadata | undefined): PassingOptions {
    return new PassingOptions(timeout, signal, this.#call, metadata, this.onMetadata);
  }

  /** The same, where somebody else hears as well what is answered. */
  heardBy(onMetadata: (metadata: Metadata) => void): PassingOptions {
    return new PassingOptions(this.timeout, this.signal, this.#call, this.metadata, onMetadata);
  }
}

function answerWith(call: PassedCall, metadata: Metadata): void {
  try {
    call.answer(metadata);
  } catch {
    // Together with what was answered before it is too much; the answer itself is worth more.
  }
}

/** What a call that is made in an upcall has of that upcall's own call. */
export type EnclosingCall = Readonly<Pick<IncomingCall, "remaining" | "signal" | "metadata">>;

/** A call whose result will be a reference. */
export interface Pipelined {
  readonly result: Promise<unknown>;
  /** Carries calls to what the result will be. Where the call fails, so do they, with its error. */
  readonly target: Caller;
  /** Somebody waits for the result itself, and has to close what it is. */
  taken(): void;
}

/** What the session asks of whoever knows both proxies and skeletons, for objects that travel by reference. */
export interface References {
  /** A proxy, or an async function, that calls through `caller`. */
  proxy(spec: ReferenceSpec | CallbackSpec, caller: Caller): object;
  /** Who carries the calls of such a proxy or function; null for any other value. */
  callerOf(value: object): Caller | null;
  /** A second proxy, or function, whose calls are made in `call`. Errors: INVALID_ARGUMENT (BAD_ARGUMENT). */
  bound<P extends object>(proxy: P, call: EnclosingCall): P;
  /**
   * The object that does the work of what stands where a reference is declared.
   * Errors: INVALID_ARGUMENT (BAD_ARGUMENT) for what cannot stand there.
   */
  objectOf(spec: ReferenceSpec | CallbackSpec, value: unknown): object;
  /** Its methods. Errors: INVALID_ARGUMENT (BAD_ARGUMENT) with the names that it lacks. */
  row(subject: Interface, object: object): Row;
}

/** The methods of one object. */
export interface Row {
  /** The method, or what its callers are told. */
  find(methodName: string): Target | UpcallError;
}

/** The place where upcalls are made: this thread, or workers. */
export interface Workplace {
  /**
   * Finds a method by the names that the other side announced; an error when there is none.
   *
   * @param holder the connection that will call it; null where there is none, as with datagrams
   */
  find(interfaceName: string, methodName: string, holder: Holder | null): Target | UpcallError;
  /**
   * Begins an upcall. `bytes` are the marshalled arguments, valid during this call only, unless they are `owned`: then
   * nobody uses their memory again, or, where the method borrows its arguments, not before the call is settled.
   */
  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** The caller no longer wants the call, or its deadline has passed. It must still be settled. */
  cancel(call: IncomingCall): void;
  /**
   * Disposes of an object of this side, later than now: it was given as a result, and nobody holds it any more. What goes wrong
   * there is nobody's call.
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
  /** Whether it came to this household. */
  isOf(home: object): boolean;
  /** Whoever made it. A workplace that knows better than the session says so before it enters the object ... */
  peer: string;
  /** The same for who that was found to be: what `authenticate` gave, or null. */
  identity: unknown;
  /** ... and so with when it ends, in milliseconds on the clock. */
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
   * Sends metadata back with what it settles with; what was said under another name before goes as well. Passed over on the
   * plain wire and for a oneway, which have no place for it.
   * Errors: INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY), FAILED_PRECONDITION (BAD_STATE) where
   * the result was a stream and has been sent.
   */
  answer(metadata: Metadata): void;
  /** What goes back so far. */
  readonly answered: Metadata;
  /** A second proxy whose calls are made in this one. Errors: INVALID_ARGUMENT (BAD_ARGUMENT). */
  bind<P extends object>(proxy: P): P;
  /** For the workplace's own use. */
  tag: unknown;
  /**
   * Says that the workplace keeps so many bytes of the arguments until the call is settled. False where its connection
   * holds too much already: then the call is to be refused.
   */
  hold(bytes: number): boolean;
  /**
   * Makes of decoded arguments, where the method carries something, what the object gets: proxies, functions, streams.
   * Errors: INVALID_ARGUMENT (BAD_REFERENCE, BAD_ARGUMENT), RESOURCE_EXHAUSTED (TOO_MANY), and nothing was received.
   *
   * @param passing whether they are passed on, so that nobody here has to close them
   */
  receive(args: unknown[], passing: boolean): unknown[];
  /**
   * Says that the arguments are views of this message, which is nobody else's, and are done with when the call is settled:
   * then its memory is taken from whoever still has it, and used again.
   */
  borrow(message: Uint8Array): void;
  /** Tells the observer, if there is one. */
  watch(stage: "decode" | "upcall" | "return", bytes: number): void;
  returned(value: unknown): void;
  failed(error: UpcallError): void;
  /** The same with a body that a worker has marshalled already; `owned` as in {@link Workplace.start}. */
  returnedBody(bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  failedBody(bytes: Uint8Array, start: number, end: number): void;
}
