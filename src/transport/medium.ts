// The transport: what a medium is, as a value. Who serves and who connects gets some, and knows none of them by name.

import type { Timer } from "../clock.ts";
import type { Connection, ConnectionTraits } from "../connection.ts";
import type { OptionDeclarations } from "../options.ts";
import type { Peer } from "../peer.ts";

/** What a medium's connections are like. Each has a default; what goes with what is computed of them. */
export interface MediumTraits extends ConnectionTraits {
  /** Whether it reaches this machine only. Default false. */
  readonly local: boolean;
  /** Whether it encrypts what crosses. Default false. */
  readonly encrypted: boolean;
  /** Whether its connections can go on in another process. Default false. */
  readonly handsOver: boolean;
}

/** What was said of the options that a medium declares, by name. Those that were not said are not there. */
export type MediumOptions = Readonly<Record<string, unknown>>;

export interface ConnectTerms {
  readonly options: MediumOptions;
  /** Gives up connecting. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to connect; more is UNAVAILABLE. */
  readonly timeout: number;
  /** Measures them. Default: a timer of the system, which costs a short connection a part of its time. */
  readonly after?: ((ms: number, fn: () => void) => Pick<Timer, "cancel">) | undefined;
}

export interface ListenTerms {
  readonly options: MediumOptions;
  /** Told of each connection that arrives, which waits untouched until it is started. */
  readonly accepted: (connection: Connection) => void;
}

/** A place where connections arrive. */
export interface Listener {
  /** The address as others may connect to it, with its real port where it has one. */
  readonly url: string;
  /** Takes no more connections; those that are open stay. Fulfilled when the place is free again. */
  close(): Promise<void>;
}

interface AnyMedium<Place> {
  /** What its URLs begin with, in front of the colon: lower-case letters, digits, `+`, `.` and `-`. */
  readonly scheme: string;
  /** Left out: all defaults. */
  readonly traits?: Partial<MediumTraits> | undefined;
  /** Options of its own: their names become options of `serve`, `connect` and `open`. Left out: none. */
  readonly options?: OptionDeclarations | undefined;
  /**
   * Reads a URL of it, which begins with its scheme.
   * Errors: whatever it throws is told as INVALID_ARGUMENT (BAD_URL), with its message.
   */
  parse(url: string): Place;
}

/**
 * A medium whose connections move bytes in order. `Place` is what its `parse` makes of a URL.
 */
export interface Medium<Place = unknown> extends AnyMedium<Place> {
  /**
   * `stream`: what one end writes at once may arrive in parts, or together with what it writes next. `message`: each `write`
   * is one message, and arrives as one `received`; the native wire heeds that as little as a stream.
   */
  readonly shape: "stream" | "message";
  /**
   * Left out where one can only be served.
   * @throws UpcallError UNAVAILABLE (CONNECTION_REFUSED, NAME_NOT_RESOLVED ...), all `not-executed`. Whatever else is thrown is told as
   *   UNAVAILABLE (CONNECTION_REFUSED)
   */
  connect?(place: Place, terms: ConnectTerms): Promise<Connection>;
  /**
   * Left out where one can only connect.
   * @throws UpcallError UNAVAILABLE (ADDRESS_IN_USE, ADDRESS_NOT_USABLE ...), PERMISSION_DENIED. Whatever else is thrown is told as
   *   UNAVAILABLE (ADDRESS_NOT_USABLE)
   */
  listen?(place: Place, terms: ListenTerms): Promise<Listener>;
}

/** A medium of ours, known by its scheme. */
export interface StreamMedium<Scheme extends string, Place> extends Medium<Place> {
  readonly scheme: Scheme;
  readonly shape: "stream";
  connect(place: Place, terms: ConnectTerms): Promise<Connection>;
  listen(place: Place, terms: ListenTerms): Promise<Listener>;
}

/** Who serves datagrams. */
export interface DatagramEvents {
  /** One came. `send` sends one back to where it came from; its bytes must not be used again. */
  received(bytes: Uint8Array, peer: Peer, send: (bytes: Uint8Array) => void): void;
  /** One that was to be sent was refused by the system. */
  dropped(): void;
}

/** A medium without connections. There is one, and no way yet to bring another. */
export interface DatagramMedium<Scheme extends string = string, Place = unknown> extends AnyMedium<Place> {
  readonly scheme: Scheme;
  readonly shape: "datagram";
  /** A connection that sends one datagram with each `write`, and is told of one with each `received`. */
  connect(place: Place, terms: ConnectTerms): Promise<Connection>;
  listen(
    place: Place,
    terms: { readonly options: MediumOptions; readonly datagrams: DatagramEvents },
  ): Promise<Listener>;
}

export type MediumOfAnyShape<Place = unknown> = Medium<Place> | DatagramMedium<string, Place>;

/** What a medium says of itself that says nothing. */
export const usualTraits: MediumTraits = {
  local: false,
  encrypted: false,
  handsOver: false,
  halfClose: true,
  transferable: false,
  takesOwnership: false,
  burst: 8,
};

export function traitsOf({ traits }: { readonly traits?: Partial<MediumTraits> | undefined }): MediumTraits {
  return { ...usualTraits, ...traits };
}
