// Composition, the caller's side: the addresses of a connection, with a way to connect to each and to begin a session.

import type { Reached, Told } from "../addresses/address-link.ts";
import { Addresses } from "../addresses/addresses.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { randomOf } from "../endpoint/random.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import type { Interface } from "../interface/define.ts";
import type { SharedSession, SharedWire } from "../session/contract.ts";
import { ownObjects } from "../workers/own-objects.ts";
import { counted } from "./opened.ts";

export interface LineTerms {
  readonly urls: readonly string[];
  /** Milliseconds of a call when neither it nor its method says anything. */
  readonly timeout: number;
  readonly reconnect: boolean;
  readonly ordered: boolean;
  readonly interceptors: readonly Interceptor[];
  readonly reach: (url: string, signal: AbortSignal | undefined) => Promise<Reached>;
}

/**
 * Who carries calls to these addresses, once it is opened.
 *
 * @param interfaces announced in each greeting
 */
export function linesTo(
  endpoint: Endpoint,
  wire: SharedWire,
  interfaces: readonly Interface[],
  { urls, timeout, reconnect, ordered, interceptors, reach }: LineTerms,
): Addresses {
  const dispatcher = ownObjects(endpoint, interceptors);
  const { platform } = endpoint;
  const terms = {
    platform,
    wire,
    chance: randomOf(platform.randomness),
    reconnect,
    reach,
    session: (
      { connection, token }: Reached,
      announced: readonly Interface[],
      { onClosed, onDraining, onOpened }: Told,
    ): SharedSession => {
      const over = counted(endpoint);
      try {
        return wire.client(endpoint, connection, {
          dispatcher,
          interfaces: announced,
          timeout,
          ordered,
          token,
          onDraining,
          onOpened,
          onClosed: (error) => {
            over();
            onClosed(error);
          },
        });
      } catch (error) {
        over();
        connection.destroy();
        throw error;
      }
    },
  };
  const addresses = new Addresses(endpoint, urls, terms, timeout);
  for (const subject of interfaces) addresses.announce(subject);
  return addresses;
}
