// Composition: the plain wire, put together for a server's datagrams and for a caller. A server's connections are the
// business of making.ts, like those of every wire.

import type { Workplace } from "../contract/callee.ts";
import type { Household } from "../endpoint/platform.ts";
import type { Interface } from "../interface/define.ts";
import { PlainCaller } from "../session/plain/caller.ts";
import { PlainDatagrams } from "../session/plain/datagrams.ts";
import { plainTarget } from "../session/plain/target.ts";
import type { Listening } from "../transport/medium.ts";
import { connectDatagrams, listenForDatagrams } from "../transport/udp.ts";
import type { Address } from "../transport/url.ts";
import { type PlainEnd, plainEnds } from "../wire/plain/end.ts";
import { checkPlain } from "./combination.ts";
import { streamMedia } from "./media.ts";
import { bad, type EndpointOptions, oneOf } from "./options.ts";

/**
 * What is said of ends, where anything is. Errors: INVALID_ARGUMENT (BAD_OPTION) for an end that is not known, on the native
 * wire, whose frames say theirs, and where there are datagrams only.
 */
export function plainEndOf({ end, wire }: EndpointOptions, addresses: readonly Address[]): PlainEnd | undefined {
  if (end === undefined) return undefined;
  if (wire !== "plain") throw bad('end says where a plain message ends: use it with wire: "plain"');
  if (addresses.every(({ medium }) => medium === "udp"))
    throw bad("end says where a message ends on a connection, and over udp: it ends with its datagram: leave end out");
  return oneOf("end", end, plainEnds, "chunk");
}

/** Serves datagrams; closing lets the upcalls that run answer first. Errors: as of listening. */
export async function serveDatagrams(
  home: Household,
  workplace: Workplace | null,
  interfaces: readonly Interface[],
  address: Address,
  insecure: boolean,
): Promise<Listening> {
  if (workplace === null) throw bad("there is no connection that could have a worker of its own");
  const datagrams = new PlainDatagrams(home, plainTarget(workplace, interfaces, null));
  const listening = await listenForDatagrams(address, insecure, datagrams);
  return {
    url: listening.url,
    async close() {
      await datagrams.close();
      await listening.close();
    },
  };
}

export interface PlainCallerTerms {
  readonly end: PlainEnd | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly connectTimeout: number;
}

export function plainCaller(home: Household, address: Address, terms: PlainCallerTerms): PlainCaller {
  const { medium } = address;
  return new PlainCaller(home, {
    ...terms,
    peer: address.text,
    end: medium === "udp" ? "datagram" : (terms.end ?? "close"),
    check: checkPlain,
    connect: (limits) =>
      medium === "udp"
        ? connectDatagrams(address, limits)
        : streamMedia[medium].connect(address, { ...limits, after: home.platform.patience.after }),
  });
}
