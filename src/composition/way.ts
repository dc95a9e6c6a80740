// Composition, the caller's side: a way to the other side: a URL, which its medium connects to as often as it is asked, or a
// connection that is there already.

import type { Connection } from "../connection.ts";
import { notExecuted } from "../errors.ts";
import { adopted } from "../transport/adopted.ts";
import type { ConnectTerms, MediumOfAnyShape, MediumTraits } from "../transport/medium.ts";
import { addressOf, connectTo, type KnownMedia, optionsOf } from "./media.ts";

export interface Way {
  /** For people, and to tell it from others. */
  readonly url: string;
  /** Of its medium. */
  readonly scheme: string;
  readonly shape: MediumOfAnyShape["shape"];
  readonly traits: Partial<MediumTraits> | undefined;
  /** @throws the errors of the medium */
  connect(terms: Omit<ConnectTerms, "options">): Promise<Connection>;
}

/**
 * @param given all options that were said
 * @throws UpcallError INVALID_ARGUMENT (BAD_URL), UNIMPLEMENTED (NOT_SUPPORTED)
 */
export function wayTo(known: KnownMedia, to: unknown, given: object): Way {
  const address = addressOf(known, to);
  const { medium, url } = address;
  const { scheme, shape, traits } = medium;
  const options = optionsOf(medium, given);
  return { url, scheme, shape, traits, connect: async (terms) => await connectTo(address, { ...terms, options }) };
}

/** A way that can be gone once. @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) */
export function wayOf(given: unknown, where: string): Way {
  const connection = adopted(given, where, "the other end");
  const url = connection.peer.toString();
  let gone = false;
  return {
    url,
    scheme: "connection",
    shape: "stream",
    traits: undefined,
    async connect() {
      if (!gone) {
        gone = true;
        return connection;
      }
      throw notExecuted(
        "UNAVAILABLE",
        "CONNECTION_LOST",
        `the connection to ${url} was brought by the program, had its use, and cannot be made again: bring another one, or a medium, as in media: [mine]`,
      );
    },
  };
}
