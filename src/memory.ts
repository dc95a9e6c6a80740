// The entry point for a browser, and for programs that want `memory:` alone: the lists of what there is without a socket, without
// workers, and without Node. docs/decisions/ has the reason.

import { systemClock, systemRandomness } from "./clock.ts";
import { portableText } from "./codec/utf8.ts";
import { type Connect, type ConnectOptions, makeConnect, makeOpen, type Open } from "./composition/connecting.ts";
import type { Entry } from "./composition/entry.ts";
import { makeServe, type Serve, type ServerOptions } from "./composition/serving.ts";
import { Platform } from "./endpoint/platform.ts";
import { nativeWire } from "./session/native/wire.ts";
import { memory } from "./transport/memory.ts";

export * from "./everywhere.ts";

/** What a caller may say here. */
export type MemoryOptions = Omit<ConnectOptions, "wire" | "end">;

/** What a server may say here. */
export type MemoryServeOptions = Omit<ServerOptions, "wire" | "end" | "workers" | "ambient" | "onMessage">;

/** What needs Node. */
const elsewhere: readonly string[] = ["tcp", "unix", "udp"];

const entry: Entry = {
  media: [memory],
  absent: (scheme, schemes) =>
    elsewhere.includes(scheme)
      ? `a browser has no ${scheme}: sockets; only ${schemes}: works here, as in memory:app, or a medium of your own`
      : null,
  wires: [nativeWire],
  platform: /* @__PURE__ */ new Platform(systemClock, systemRandomness, portableText),
  workers: null,
  knowing: null,
  follow: null,
};

export const connect: Connect<MemoryOptions> = /* @__PURE__ */ makeConnect(entry);
export const open: Open<MemoryOptions> = /* @__PURE__ */ makeOpen(entry);
export const serve: Serve<MemoryServeOptions, MemoryServeOptions> = /* @__PURE__ */ makeServe(entry);
