// The transport: TCP. A server on a name listens on every address of the name with one port; a client tries them in turn.

import type { AddressInfo, Server, Socket } from "node:net";
import { networkPeer, type Peer } from "../peer.ts";
import { addressesOf, openEvery } from "./host-names.ts";
import type { Accepted } from "./landing.ts";
import { listenOn, stopListening } from "./listening.ts";
import type { StreamMedium } from "./medium.ts";
import { openStream } from "./opening.ts";
import { type HostPlace, hostPlace, withPort } from "./place.ts";
import { StreamConnection, socketTraits } from "./stream.ts";

export const tcp: StreamMedium<"tcp", HostPlace> = {
  scheme: "tcp",
  shape: "stream",
  traits: { ...socketTraits, handsOver: true },
  parse: hostPlace,

  connect({ host: named, port, url }, terms) {
    const host = named === "*" ? "localhost" : named;
    return openStream({ host, port, noDelay: true }, networkPeer(host, port, url), terms);
  },

  async listen(at, { accepted }) {
    const take: Accepted = (socket, landing) => accepted(new StreamConnection(socket, peerOf(socket), landing));
    const { opened: servers, port } = await openEvery<Server>(await addressesOf(at), at.port, {
      open: (host, wanted, ipv6Only) => listenOn({ host, port: wanted, ipv6Only }, `tcp://${host}:${wanted}`, take),
      port: (server) => (server.address() as AddressInfo).port,
      close: stopListening,
    });
    return {
      url: withPort(at, port),
      async close() {
        stopListening(servers);
      },
    };
  },
};

/** IPv4 addresses of a socket for both families come as `::ffff:1.2.3.4`. */
function peerOf(socket: Socket): Peer {
  const host = (socket.remoteAddress ?? "unknown").replace(/^::ffff:(?=\d+\.)/, "");
  const port = socket.remotePort ?? 0;
  return networkPeer(host, port, `${host}:${port}`);
}
