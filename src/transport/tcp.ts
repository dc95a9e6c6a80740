// The transport: TCP. A server on a name listens on every address of the name with one port; a client tries them in turn.

import type { AddressInfo, Server, Socket } from "node:net";
import { networkPeer, type Peer } from "../peer.ts";
import type { Accepted } from "./landing.ts";
import { listenOn, stopListening } from "./listening.ts";
import type { StreamMedium } from "./medium.ts";
import { addressesOf, openEvery } from "./names.ts";
import { openStream } from "./opening.ts";
import { StreamConnection } from "./stream.ts";
import { withPort } from "./url.ts";

export const tcp: StreamMedium = {
  connect(address, terms) {
    const host = address.host === "*" ? "localhost" : address.host;
    return openStream(
      { host, port: address.port, noDelay: true },
      networkPeer(host, address.port, address.text),
      terms,
    );
  },

  async listen(address, accepted) {
    const take: Accepted = (socket, landing) => accepted(new StreamConnection(socket, peerOf(socket), landing));
    const { opened: servers, port } = await openEvery<Server>(await addressesOf(address), address.port, {
      open: (host, wanted, ipv6Only) => listenOn({ host, port: wanted, ipv6Only }, `tcp://${host}:${wanted}`, take),
      port: (server) => (server.address() as AddressInfo).port,
      close: stopListening,
    });
    return {
      url: withPort(address, port),
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
