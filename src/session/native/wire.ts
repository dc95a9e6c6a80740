// The session: the native wire as a value. Frames with ids carry many calls at once, both ways, with all that a call can have.

import { Writer } from "../../codec/writer.ts";
import type { PassingWire } from "../contract.ts";
import { numbersOnWire } from "./handshake/announced.ts";
import { GreetingLook } from "./handshake/first-look.ts";
import { refusalBytes } from "./handshake/refuse.ts";
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
  client: (home, connection, terms) => new Session(home, connection, { ...terms, role: "connected" }),
  server: (home, connection, { workplace, doors, onClosed }) =>
    new Session(home, connection, {
      role: "accepted",
      workplace,
      interfaces: [],
      timeout: home.limits.timeout,
      doors,
      onDraining: null,
      onClosed,
    }),
  passing: (home, connection, terms, prefix) =>
    new Session(home, connection, { ...terms, role: "connected", prefix, onDraining: null, onClosed: () => {} }),
  datagrams: null,
  marshal(home, _entry, args) {
    const writer = new Writer();
    home.encoder.list(writer, args, "arguments");
    return writer.slice();
  },
  firstLook: (home, peer, doors) => new GreetingLook(home, peer, doors?.authenticate ?? null),
  refusal: refusalBytes,
  joined: (_home, _connection, to) => to,
};
