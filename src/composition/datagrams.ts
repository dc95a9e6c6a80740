// Composition: what has no connection that many calls share: a server's datagrams, and a caller whose wire carries one call at a
// time.

import type { Workplace } from "../contract/callee.ts";
import type { Household } from "../endpoint/platform.ts";
import type { Interface } from "../interface/define.ts";
import type { SerialTerms, SerialWire, Wire } from "../session/contract.ts";
import type { Listening } from "../transport/medium.ts";
import { connectDatagrams, listenForDatagrams } from "../transport/udp.ts";
import type { Address } from "../transport/url.ts";
import { streamMedia } from "./media.ts";
import type { Line } from "./opened.ts";
import { bad } from "./options.ts";

/** Serves datagrams; closing lets the upcalls that run answer first. Errors: as of listening. */
export async function serveDatagrams(
  home: Household,
  wire: Wire,
  workplace: Workplace | null,
  interfaces: readonly Interface[],
  address: Address,
  insecure: boolean,
): Promise<Listening> {
  if (workplace === null || wire.datagrams === null)
    throw bad("there is no connection that could have a worker of its own");
  const datagrams = wire.datagrams(home, { workplace, interfaces, doors: null });
  const listening = await listenForDatagrams(address, insecure, datagrams);
  return {
    url: listening.url,
    async close() {
      await datagrams.close();
      await listening.close();
    },
  };
}

/** Who carries calls to one address, one for each connection. */
export function serialLine(
  home: Household,
  wire: SerialWire,
  address: Address,
  { timeout, connectTimeout }: Pick<SerialTerms, "timeout" | "connectTimeout">,
): Line {
  const { medium } = address;
  return wire.calls(home, {
    timeout,
    connectTimeout,
    peer: address.text,
    connect: (limits) =>
      medium === "udp"
        ? connectDatagrams(address, limits)
        : streamMedia[medium].connect(address, { ...limits, after: home.platform.patience.after }),
  });
}
