// The entry point on Node: the lists of what there is. Everything behind it is chosen from these.

import { refusalOf, type WorkersKind } from "./composition/combination.ts";
import { type Connect, type ConnectOptions, makeConnect, makeOpen, type Open } from "./composition/connecting.ts";
import type { WireName } from "./composition/endpoint-options.ts";
import type { Entry } from "./composition/entry.ts";
import { makeServe, type Serve, type ServerOptions } from "./composition/serving.ts";
import { workersOf } from "./composition/worker-making.ts";
import { wireOf, wires } from "./session/wires.ts";
import { memory } from "./transport/memory.ts";
import { tcp } from "./transport/tcp.ts";
import { type UdpOptions, udp } from "./transport/udp.ts";
import { unix } from "./transport/unix.ts";
import { followCalls } from "./workers/ambient.ts";
import { nodePlatform } from "./workers/node-platform.ts";
import { knowing } from "./workers/secrets.ts";

/** What a server may say. */
export interface ServeOptions extends ServerOptions, UdpOptions {}

/** An object lives in the thread that made it: workers make their own, from a module. */
export interface ServeObjectOptions extends ServeOptions {
  readonly workers?: "inline" | undefined;
}

export const nodeMedia: readonly [typeof tcp, typeof unix, typeof udp, typeof memory] = [tcp, unix, udp, memory];
export type MediumName = (typeof nodeMedia)[number]["scheme"];
/** The schemes that URLs may begin with. */
export const media: readonly MediumName[] = nodeMedia.map(({ scheme }) => scheme);

/** Named in the design, and not there yet. */
const later: readonly string[] = ["tls", "ws", "wss", "thread", "process", "nats"];

const entry: Entry = {
  media: nodeMedia,
  absent: (scheme, schemes) => (later.includes(scheme) ? `${scheme}: is not built yet; use one of ${schemes}` : null),
  wires,
  platform: nodePlatform,
  workers: workersOf,
  knowing,
  follow: () => followCalls(nodePlatform),
};

export const connect: Connect<ConnectOptions> = /* @__PURE__ */ makeConnect(entry);
export const open: Open<ConnectOptions> = /* @__PURE__ */ makeOpen(entry);
export const serve: Serve<ServeOptions, ServeObjectOptions> = /* @__PURE__ */ makeServe(entry);

/** The sentence by which a combination is refused, or null where it works. */
export function refusal(medium: MediumName, wire: WireName, workers: WorkersKind): string | null {
  const chosen = nodeMedia.find(({ scheme }) => scheme === medium);
  return chosen === undefined
    ? `there is no medium ${medium}:`
    : refusalOf(chosen, wireOf({ name: wire, said: {} }), workers, entry);
}
