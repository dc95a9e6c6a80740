// Composition: a server's datagrams, which no connection brings.

import type { Dispatcher } from "../contract/callee.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { Interface } from "../interface/define.ts";
import type { Wire } from "../session/contract.ts";
import type { DatagramMedium, Listener } from "../transport/medium.ts";
import { bad } from "./endpoint-options.ts";

/** Serves datagrams; closing lets the upcalls that run answer first. @throws UpcallError as for listening */
export async function serveDatagrams(
  endpoint: Endpoint,
  wire: Wire,
  dispatcher: Dispatcher | null,
  interfaces: readonly Interface[],
  { medium, place, options }: { medium: DatagramMedium; place: unknown; options: Readonly<Record<string, unknown>> },
): Promise<Listener> {
  if (dispatcher === null || wire.datagrams === null)
    throw bad("there is no connection that could have a worker of its own");
  const datagrams = wire.datagrams(endpoint, { dispatcher, interfaces, accessHooks: null });
  const listener = await medium.listen(place, { options, datagrams });
  return {
    url: listener.url,
    async close() {
      await datagrams.close();
      await listener.close();
    },
  };
}
