// The transport: Unix sockets. A path in the file system, open to its owner alone.

import cluster from "node:cluster";
import type { Server } from "node:net";
import { localPeer } from "../peer.ts";
import type { Accepted } from "./landing.ts";
import { stopListening } from "./listening.ts";
import type { StreamMedium } from "./medium.ts";
import { openStream } from "./opening.ts";
import { StreamConnection } from "./stream.ts";
import { notConnected } from "./unix-faults.ts";
import { giveBack, listenInCluster, type Place, takePlace } from "./unix-place.ts";

export const unix: StreamMedium = {
  connect(address, terms) {
    const { path, text } = address;
    return openStream({ path }, localPeer(text), terms, (error) => notConnected(error, text, path));
  },

  async listen(address, accepted) {
    const take: Accepted = (socket, landing) => accepted(new StreamConnection(socket, localPeer("unix"), landing));
    let server: Server;
    let place: Place | null = null;
    // The workers of a cluster share one socket, which their primary holds: the file is its to make and to remove.
    if (cluster.isWorker) server = await listenInCluster(address, take);
    else ({ server, place } = await takePlace(address, take));
    return {
      url: address.text,
      async close() {
        if (place !== null) giveBack(place);
        stopListening([server]);
      },
    };
  },
};
