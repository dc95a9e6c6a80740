// The transport: what every medium offers, whatever it is made of. One small file for each medium.

import type { Timer } from "../clock.ts";
import type { Connection } from "../connection.ts";
import type { Address } from "./url.ts";

export interface ConnectTerms {
  /** Gives up connecting. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to connect; more is UNAVAILABLE. */
  readonly timeout: number;
  /** Measures them. Default: a timer of the system, which costs a short connection a part of its time. */
  readonly after?: ((ms: number, fn: () => void) => Pick<Timer, "cancel">) | undefined;
}

/** A place where connections arrive. */
export interface Listening {
  /** The address with the real port, as others may call it. */
  readonly url: string;
  /** Takes no more connections; those that are open stay. Fulfilled when the place is free again. */
  close(): Promise<void>;
}

/** A medium whose connections move bytes in order. */
export interface StreamMedium {
  /** Errors: UNAVAILABLE (CONNECTION_REFUSED, NAME_NOT_RESOLVED ...), all `not-executed`. */
  connect(address: Address, terms: ConnectTerms): Promise<Connection>;
  /**
   * `accepted` is told of each connection, which waits untouched until it is started.
   * Errors: UNAVAILABLE (ADDRESS_IN_USE, ADDRESS_NOT_USABLE ...), PERMISSION_DENIED.
   */
  listen(address: Address, accepted: (connection: Connection) => void): Promise<Listening>;
}
