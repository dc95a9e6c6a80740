// The session: the native wire as a value. Frames with ids carry many calls at once, both ways, with all that a call can have.

import { Writer } from "../../codec/writer.ts";
import type { PassingWire } from "../contract.ts";
import { numbersOnWire } from "./handshake/announced.ts";
import { GreetingLook } from "./handshake/first-look.ts";
import { refusalBytes } from "./handshake/refusal.ts";
import { Session } from "./session.ts";

export const nativeWire: PassingWire = {
  name: "native",
  multiplexed: true,
  traits: {
    metadata: true,
    references: true,
    streams: true,
    identity: true,
    ping: true,
    reflection: true,
    interfaces: "many",
  },
  options: {},
  said: {},
  with: () => nativeWire,
  limits: {},
  numbers: numbersOnWire,
  check() {},
  client: (endpoint, connection, terms) => new Session(endpoint, connection, { ...terms, role: "connected" }),
  server: (endpoint, connection, { dispatcher, accessHooks, onClosed }) =>
    new Session(endpoint, connection, {
      role: "accepted",
      dispatcher,
      interfaces: [],
      timeout: endpoint.limits.timeout,
      accessHooks,
      onDraining: null,
      onClosed,
    }),
  passing: (endpoint, connection, terms, prefix) =>
    new Session(endpoint, connection, { ...terms, role: "connected", prefix, onDraining: null, onClosed: () => {} }),
  datagrams: null,
  marshal(endpoint, _entry, args) {
    const writer = new Writer();
    endpoint.encoder.list(writer, args, "arguments");
    return writer.slice();
  },
  firstLook: (endpoint, peer, accessHooks) => new GreetingLook(endpoint, peer, accessHooks?.authenticate ?? null),
  refusal: refusalBytes,
  joined: (_home, _connection, to) => to,
};
