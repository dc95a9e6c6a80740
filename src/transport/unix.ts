// The transport: Unix sockets. A path in the file system, open to its owner alone.

import { chmod, lstat, unlink } from "node:fs/promises";
import type { Server } from "node:net";
import { UpcallError } from "../errors.ts";
import { listenOn, stopListening } from "./listening.ts";
import type { StreamMedium } from "./medium.ts";
import { openStream } from "./opening.ts";
import { StreamConnection } from "./stream.ts";
import type { Address } from "./url.ts";

export const unix: StreamMedium = {
  connect(address, terms) {
    return openStream({ path: address.path }, address.text, terms);
  },

  async listen(address, accepted) {
    const listen = async (): Promise<Server> =>
      await listenOn({ path: address.path }, address.text, (socket, landing) =>
        accepted(new StreamConnection(socket, "unix", landing), "unix"),
      );
    let server: Server;
    try {
      server = await listen();
    } catch (error) {
      if (!(error instanceof UpcallError) || error.reason !== "ADDRESS_IN_USE" || !(await isStale(address)))
        throw error;
      await unlink(address.path);
      server = await listen();
    }
    // Between listen and chmod a stranger could connect only where the process's umask lets him; the folder's rights
    // are the user's business.
    await chmod(address.path, 0o600);
    return {
      url: address.text,
      // Node removes the file itself when the server closes.
      async close() {
        stopListening([server]);
      },
    };
  },
};

/** A socket file that nobody answers on was left by a process that was killed. */
async function isStale(address: Address): Promise<boolean> {
  if (!(await lstat(address.path)).isSocket()) return false;
  try {
    const connection = await openStream({ path: address.path }, address.text, { timeout: 1_000 });
    connection.destroy();
    return false;
  } catch (error) {
    return error instanceof UpcallError && error.reason === "CONNECTION_REFUSED";
  }
}
