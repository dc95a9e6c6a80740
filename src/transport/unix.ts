// The transport: Unix sockets. A path in the file system, open to its owner alone.

import cluster from "node:cluster";
import type { Server } from "node:net";
import { localPeer } from "../peer.ts";
import type { Accepted } from "./landing.ts";
import { stopListening } from "./listening.ts";
import type { StreamMedium } from "./medium.ts";
import { openStream } from "./opening.ts";
import { badUrl, type PathPlace, pathPlace } from "./place.ts";
import { StreamConnection, socketTraits } from "./stream.ts";
import { notConnected } from "./unix-faults.ts";
import { giveBack, listenInCluster, type Place, takePlace } from "./unix-place.ts";

/** A Unix socket's address holds this many bytes on Linux; a longer path would be cut in silence. */
const longestPath = 107;

export const unix: StreamMedium<"unix", PathPlace> = {
  scheme: "unix",
  shape: "stream",
  traits: { ...socketTraits, local: true, handsOver: true },

  parse(url) {
    const place = pathPlace(url, "it names no path, as in unix:/run/app.sock");
    if (new TextEncoder().encode(place.path).length > longestPath)
      throw badUrl(
        url,
        `its path is longer than the ${longestPath} bytes that a Unix socket's address holds; use a shorter one`,
      );
    return place;
  },

  connect({ path, url }, terms) {
    return openStream({ path }, localPeer(url), terms, (error) => notConnected(error, url, path));
  },

  async listen(at, { accepted }) {
    const take: Accepted = (socket, landing) => accepted(new StreamConnection(socket, localPeer("unix"), landing));
    let server: Server;
    let place: Place | null = null;
    // The workers of a cluster share one socket, which their primary holds: the file is its to make and to remove.
    if (cluster.isWorker) server = await listenInCluster(at, take);
    else ({ server, place } = await takePlace(at, take));
    return {
      url: at.url,
      async close() {
        if (place !== null) giveBack(place);
        stopListening([server]);
      },
    };
  },
};
