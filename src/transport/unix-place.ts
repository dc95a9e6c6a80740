// The transport: how a Unix socket comes to its path and goes from it, so that of several servers one wins and none
// removes what is another's.
//
//   1. The socket is made in a folder of its own, of mode 0700, beside the path, and is closed to others there.
//   2. It is linked to the path, which fails where anything is. From then on callers reach it, and its file has no
//      other name: what Node removes when a server closes is the name in the folder, which is gone.
//   3. Where a socket is that no server listens on, it is removed under a guard: a socket at a name beside the path, by
//      link as well, so that one starter has it at a time. A guard whose starter was killed is itself a socket that no
//      server listens on, and is removed in the same way, under a guard of its own.
//   4. A server that closes removes the file at its path if that is its own. The number of its inode tells it: as long
//      as the socket listens the kernel holds the inode, and no other file can get the number.

import { createHash } from "node:crypto";
import { chmodSync, closeSync, linkSync, lstatSync, mkdtempSync, openSync, rmdirSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { UpcallError } from "../errors.ts";
import type { Accepted } from "./landing.ts";
import { listenOn, stopListening } from "./listening.ts";
import type { PathPlace } from "./place.ts";
import { notListening, occupied } from "./unix-faults.ts";

/** Where a server's file is, and what it is known by. */
export interface Place {
  /** Absolute: the process may change its folder meanwhile. */
  readonly path: string;
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Milliseconds between two looks: at a guard that another starter has, and at a socket that seems to be left. */
const lookEveryMs = 10;
/** Milliseconds to wait for another starter. It needs a few, unless it was stopped. */
const maxStarterWaitMs = 10_000;
/** Guards of guards: each more than the first needs a starter that was killed within a few milliseconds. */
const deepest = 8;

/**
 * A Unix socket's address holds this many bytes; a path given may have as many, and names beside it may then have more.
 */
const longest = 107;
/** What stands behind the folder in the longest of those names: `/.uXXXXXX/s`. */
const longestName = 11;

/**
 * Listens at an address, where it is the only one.
 *
 * @throws UpcallError, `not-executed`: UNAVAILABLE (ADDRESS_IN_USE) where another server answers; INVALID_ARGUMENT
 * (ADDRESS_NOT_USABLE) where something else is at the path, or a folder of it is missing; PERMISSION_DENIED
 * (NOT_PERMITTED).
 */
export async function takePlace(
  { path, url }: PathPlace,
  accepted: Accepted,
): Promise<{ readonly server: Server; readonly place: Place }> {
  const folder = new Beside(path);
  try {
    // A client that connects before it is in its place is refused.
    let placed = false;
    const server = await folder.listen(url, (socket, landing) =>
      placed ? accepted(socket, landing) : socket.destroy(),
    );
    try {
      while (!folder.tryLink(server.hidden, path)) await clear(folder, basename(path), path, url);
      placed = true;
      const { dev, ino } = lstatSync(server.hidden, { bigint: true });
      return { server: server.server, place: { path: resolve(path), dev, ino } };
    } catch (error) {
      stopListening([server.server]);
      throw error;
    } finally {
      folder.unhide(server.hidden);
    }
  } catch (error) {
    throw notListening(error, url, path);
  } finally {
    folder.close();
  }
}

/** The same in a worker of a cluster, whose primary listens, closes and removes the file. */
export async function listenInCluster({ path, url }: PathPlace, accepted: Accepted): Promise<Server> {
  const folder = new Beside(path);
  try {
    for (;;) {
      try {
        const server = await listenOn({ path }, url, accepted);
        chmodSync(path, 0o600);
        return server;
      } catch (error) {
        if (!(error instanceof UpcallError) || error.reason !== "ADDRESS_IN_USE") throw error;
        await clear(folder, basename(path), path, url);
      }
    }
  } catch (error) {
    throw notListening(error, url, path);
  } finally {
    folder.close();
  }
}

/** Removes a server's file, unless another one is there by now. To be called while it still listens. */
export function giveBack({ path, dev, ino }: Place): void {
  try {
    const there = lstatSync(path, { bigint: true });
    // At once: nothing of this process can come between.
    if (there.dev === dev && there.ino === ino) unlinkSync(path);
  } catch {
    // It is gone, or may not be removed any more: the next server finds that no server listens on it.
  }
}

/**
 * Removes a socket that no server listens on, or finds that nothing is there any more.
 *
 * @param name beside the address's path, or its own
 * @param shown the path as errors have it
 * @throws the errors of what is there instead
 */
async function clear(folder: Beside, name: string, shown: string, text: string, depth = 1): Promise<void> {
  const found = await folder.look(name);
  if (found === "nothing") return;
  if (found !== "left") throw occupied(found, text, shown);
  if (depth > deepest) throw occupied("answers", text, shown);
  const guard = guardOf(name);
  const server = await folder.listen(text, (socket) => socket.destroy());
  try {
    const until = performance.now() + maxStarterWaitMs;
    while (!folder.tryLink(server.hidden, folder.at(guard))) {
      // Another starter is at it: what it leaves is looked at anew.
      if ((await folder.look(guard)) === "left") await clear(folder, guard, shown, text, depth + 1);
      else if (performance.now() > until) throw occupied("begins", text, shown);
      else await pause(lookEveryMs);
      if ((await folder.look(name)) !== "left") return;
    }
    try {
      // A server makes its file a moment before it listens: one that seems to be left is looked at twice.
      if ((await folder.look(name)) !== "left") return;
      await pause(lookEveryMs);
      if ((await folder.look(name)) === "left") folder.remove(name);
    } finally {
      folder.remove(guard);
    }
  } finally {
    folder.unhide(server.hidden);
    stopListening([server.server]);
  }
}

/** What is at a path: `left` is a socket that no server listens on. */
export type Found = "nothing" | "left" | "answers" | "forbidden" | "file" | "folder" | "link" | "other";

/** The name of the guard over a name: short, and the same for all. */
function guardOf(name: string): string {
  return `.u${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}

interface Hidden {
  readonly server: Server;
  /** Its file, in a folder of its own. */
  readonly hidden: string;
}

/** The folder of a path, and what is beside it. */
class Beside {
  readonly #path: string;
  /** Open where the folder's own name leaves too little room in a socket's address. */
  #descriptor: number | null = null;

  constructor(path: string) {
    this.#path = dirname(path);
  }

  /** The path of a name in it, short enough to listen on and to connect to. */
  at(name: string): string {
    if (Buffer.byteLength(this.#path) + longestName <= longest || process.platform !== "linux")
      return join(this.#path, name);
    this.#descriptor ??= openSync(this.#path, "r");
    return `/proc/self/fd/${this.#descriptor}/${name}`;
  }

  /** Listens at a path that no other process reaches. */
  async listen(text: string, accepted: Accepted): Promise<Hidden> {
    // Made with mode 0700.
    const own = mkdtempSync(this.at(".u"));
    const hidden = join(own, "s");
    try {
      const server = await listenOn({ path: hidden, exclusive: true }, text, accepted);
      chmodSync(hidden, 0o600);
      return { server, hidden };
    } catch (error) {
      this.unhide(hidden);
      throw error;
    }
  }

  /** Takes away what `listen` made, but for the socket itself. */
  unhide(hidden: string): void {
    for (const [remove, path] of [
      [unlinkSync, hidden],
      [rmdirSync, dirname(hidden)],
    ] as const)
      try {
        remove(path);
      } catch {
        // It never came to be, or another program put something into the folder: neither is a reason not to serve.
      }
  }

  /** Whether the name was free. */
  tryLink(hidden: string, to: string): boolean {
    try {
      linkSync(hidden, to);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
  }

  remove(name: string): void {
    try {
      unlinkSync(this.at(name));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }

  async look(name: string): Promise<Found> {
    const path = this.at(name);
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there === undefined) return "nothing";
    if (there.isFile()) return "file";
    if (there.isDirectory()) return "folder";
    if (there.isSymbolicLink()) return "link";
    return there.isSocket() ? await knock(path) : "other";
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
  }
}

/** Whether a server listens on a socket. A full queue counts as yes. */
function knock(path: string): Promise<Found> {
  return new Promise((done) => {
    const socket = connect({ path });
    socket.on("connect", () => {
      socket.destroy();
      done("answers");
    });
    socket.on("error", (error) => {
      const code = codeOf(error);
      if (code === "ECONNREFUSED") done("left");
      else if (code === "ENOENT") done("nothing");
      else done(code === "EACCES" || code === "EPERM" ? "forbidden" : "answers");
    });
  });
}

function codeOf(error: unknown): unknown {
  return Reflect.get(Object(error), "code");
}
