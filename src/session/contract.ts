// The session: what a wire is, as a value, and what is asked of a session on it. Who connects, accepts, and chooses between
// connections knows these contracts and no wire by name.

import type { AccessHooks } from "../call/access.ts";
import type { CallExtras, CallTarget } from "../call/pending/extras.ts";
import type { MarshalledCall, PendingCall } from "../call/pending/pending.ts";
import type { Connection, ConnectionEvents } from "../connection.ts";
import type { Dispatcher } from "../contract/callee.ts";
import type { Caller, CallOptions } from "../contract/caller.ts";
import type { ConnectionState, SessionLook, Standing } from "../contract/connection-state.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import type { Limits } from "../limits.ts";
import type { OptionDeclarations } from "../options.ts";
import type { Peer } from "../peer.ts";

/** What a wire can carry beside a call's arguments and its result. */
export interface WireTraits {
  /** Texts beside a call, and beside its answer. */
  readonly metadata: boolean;
  /** Objects and functions by reference. */
  readonly references: boolean;
  readonly streams: boolean;
  /** Who calls, and the names of what is called: without them there is no `token`, no `authenticate` and no `authorize`. */
  readonly identity: boolean;
  readonly ping: boolean;
  /** Which interfaces are served. */
  readonly reflection: boolean;
  readonly interfaces: "many" | "one";
}

/** The caller's end of one connection. */
export interface ClientSession {
  /** Whether calls can be made. A field, because each call asks. */
  readonly takes: boolean;

  /**
   * Takes over a call that waited for this connection, its message made. It settles in every case.
   *
   * @param number   the method's, on this connection; 0 where methods have none
   * @param metadata marshalled; null where there is none
   * @param body     what `marshal` of its wire gave
   * @param order    as of {@link Caller.call}
   */
  adopt(
    call: PendingCall,
    number: number,
    options: CallOptions | null,
    metadata: Uint8Array | null,
    body: Uint8Array,
    order: object | null,
  ): void;
  /** Ends a call that it took over, and counts it as cancelled. */
  cancel(call: PendingCall, error: UpcallError): void;
  /** No new calls; those that run may finish, up to the drain limit, then it ends the connection. May be called twice. */
  close(): Promise<void>;
}

/** The same on a wire whose connections carry many calls at once: a proxy's calls go to it as they are made. */
export interface SharedSession extends ClientSession, Caller {
  /** Why no call can be made any more; null while calls can. */
  readonly error: UpcallError | null;
  /** Calls in flight; infinitely many until the other side has answered, which may still refuse the conversation. */
  readonly load: number;
  readonly state: ConnectionState;
  /** What it is and does now; nothing else is made for it. */
  look(): SessionLook;
  /** Fulfilled when the other end has answered, with nothing called. @throws UpcallError UNAVAILABLE, DEADLINE_EXCEEDED */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Calls that are made elsewhere and passed on, as a pool passes them to a worker. */
export interface PassedCalls {
  /**
   * Sends a call that is marshalled already and whose maker looks after its deadline. Its receiver hears how it ends; where an
   * error is thrown here it hears nothing. The same call may be passed again after that, here or on another session.
   *
   * @param target   the object called, where it is not the interface's own
   * @param metadata marshalled, where there is some
   */
  pass(
    call: MarshalledCall,
    number: number,
    target: CallTarget | null,
    metadata: Uint8Array | null,
    order: object | null,
  ): void;
  /** The same for a call whose arguments are values. */
  passValues(
    call: PendingCall,
    number: number,
    target: CallTarget | null,
    metadata: Uint8Array | null,
    args: readonly unknown[],
    options: CallOptions,
    order: object | null,
  ): void;
  /** Takes back a call that is not sent yet; false where it is sent, or settled. Its receiver hears nothing. */
  withdraw(call: PendingCall): boolean;
  /** The other side hears that a call is not wanted any more. */
  tellCancelled(call: PendingCall): void;
  /** Calls that were sent and not answered. */
  readonly sent: readonly PendingCall[];
  readonly results: {
    /** What the answer of a call that carries something stands for. Errors: what the decoder refuses. */
    read(call: PendingCall, extras: CallExtras, bytes: Uint8Array, start: number, end: number): unknown;
  };
}

/** A session through which calls are passed on. */
export interface PassingSession extends SharedSession {
  readonly calls: PassedCalls;
}

/** The callee's end of one connection. */
export interface ServerSession {
  /** What it is and does now; nothing else is made for it. */
  look(): SessionLook;
  /** Takes no new calls, lets those that run finish up to the drain limit, then ends the connection. May be called twice. */
  close(): Promise<void>;
}

/** The callee's end where messages are datagrams, of any sender. */
export interface DatagramSession {
  /** As of {@link ServerSession.close}. */
  close(): Promise<void>;
  /** @param send takes the reply, whose memory is its own */
  received(message: Uint8Array, peer: Peer, send: (reply: Uint8Array) => void): void;
  /** One that was to be sent was refused by the system. */
  dropped(): void;
}

/** What is said of one connection to a server. */
export interface ClientTerms {
  /** Where objects are called that this side gives to the other. */
  readonly dispatcher: Dispatcher;
  /** Announced at once. */
  readonly interfaces: readonly Interface[];
  /** Milliseconds of a call when neither it nor its method says anything. */
  readonly timeout: number;
  readonly ordered: boolean;
  /** What shows the other side who this one is; null where nothing does. */
  readonly token: string | null;
  /** Told once, when the other side has answered and lets this one in. */
  readonly onOpened: () => void;
  /** Told once, when the other side says that it takes no new calls; those that it took may still be answered. */
  readonly onDraining: () => void;
  /** Told once, when the connection is gone and every call settled. */
  readonly onClosed: (error: UpcallError | null) => void;
}

/** What is said of all calls where each has a connection of its own, or its turn on one. */
export interface SerialTerms {
  /** Who is called, for people. */
  readonly peer: string;
  /** Errors are `not-executed`. */
  readonly connect: (terms: { readonly signal: AbortSignal; readonly timeout: number }) => Promise<Connection>;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds of a call when neither it nor its method says anything. */
  readonly timeout: number;
}

/** What is said of one of those connections. */
export interface LaneTerms {
  /** Who is called, for people. */
  readonly peer: string;
  /** An id for a call that is sent now: the wire has none. */
  readonly nextId: () => number;
  /** Told once, when the connection is gone and its call settled. */
  readonly onClosed: () => void;
}

/** What is said of one connection that was accepted. */
export interface ServerTerms {
  readonly dispatcher: Dispatcher;
  /** What is served. */
  readonly interfaces: readonly Interface[];
  /** Who may come in, and who may call what; null where all callers may, and always where the wire has no identity. */
  readonly accessHooks: AccessHooks | null;
  /** Told once, when the connection is gone. */
  readonly onClosed: (error: UpcallError | null) => void;
}

/** The first bytes of a connection whose session will be elsewhere, as this side looks at them before it pays for one. */
export interface FirstLook {
  /** Whether that is enough to have a session. Errors say why it may have none. */
  received(bytes: Uint8Array): boolean;
  /** Whether it may have one where it ended before it said anything. */
  readonly silent: boolean;
  /** What is told to one that said nothing in time; null where the wire has no words for that. */
  late(): UpcallError | null;
}

/** What every wire says of itself. */
interface AnyWire {
  readonly name: string;
  readonly traits: WireTraits;
  /** The options that it alone knows. */
  readonly options: OptionDeclarations;
  /** What was said of the options that it alone knows: plain data, which a worker is told. */
  readonly said: Readonly<Record<string, unknown>>;
  /**
   * The same wire with its own options.
   * @param datagrams whether there are no connections: each write is a datagram, and what is received is one
   * @throws UpcallError INVALID_ARGUMENT (BAD_OPTION)
   */
  with(said: Readonly<Record<string, unknown>>, datagrams: boolean): Wire;
  /** Limits that are usual on it, where they are not those of all. */
  readonly limits: Partial<Limits>;
  /** Whether it can carry these interfaces together. @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE), UNIMPLEMENTED (NOT_SUPPORTED) */
  check(interfaces: readonly Interface[]): void;
  /** Starts a session on a connection that was accepted. */
  server(endpoint: Endpoint, connection: Connection, terms: ServerTerms): ServerSession;
  /** The same for datagrams; null where it has none. @throws UpcallError as for finding a method */
  readonly datagrams: ((endpoint: Endpoint, terms: Omit<ServerTerms, "onClosed">) => DatagramSession) | null;
  /** What is sent of the arguments of a call that carries nothing but data, as a copy. @throws the errors of arguments that cannot be sent */
  marshal(endpoint: Endpoint, entry: MethodEntry, args: readonly unknown[]): Uint8Array;
  /** How a connection is looked at before it gets a worker. */
  firstLook(endpoint: Endpoint, peer: Peer, accessHooks: AccessHooks | null): FirstLook;
  /** The first and last bytes of a connection that is refused; null where the wire has no words for that. */
  refusal(endpoint: Endpoint, error: UpcallError): Uint8Array | null;
  /** What a connection tells so that `to`, in another thread, gets as one what has to come as one. */
  joined(endpoint: Endpoint, connection: Connection, to: ConnectionEvents): ConnectionEvents;
}

/** A wire whose connections carry many calls at once. */
export interface SharedWire extends AnyWire {
  readonly multiplexed: true;
  /** Methods that can have numbers on one connection. */
  readonly numbers: number;
  /** Starts a session on a connection to a server. Errors leave the connection as it is. */
  client(endpoint: Endpoint, connection: Connection, terms: ClientTerms): SharedSession;
}

/** A wire that pools speak with their workers. */
export interface PassingWire extends SharedWire {
  /** @param prefix what stands in front of a call's arguments, for the dispatcher at the other end */
  passing(
    endpoint: Endpoint,
    connection: Connection,
    terms: Pick<ClientTerms, "dispatcher" | "interfaces" | "timeout">,
    prefix: (options: CallOptions | null) => Uint8Array,
  ): PassingSession;
}

/** A wire whose connections carry one call at a time. */
export interface SerialWire extends AnyWire {
  readonly multiplexed: false;
  /** Connections that a caller may have at once. */
  readonly connections: number;
  /** A session that is given its first call at once, and another one whenever it takes one. It starts the connection. */
  client(endpoint: Endpoint, connection: Connection, terms: LaneTerms): ClientSession;
  /** Who makes the connections and has the calls that wait: a `SerialCalls` of this wire. */
  calls(endpoint: Endpoint, terms: SerialTerms): Caller & Standing & { ping(): Promise<void> };
}

export type Wire = SharedWire | SerialWire;
