// What a call that runs belongs to, where a test has the call alone.

import type { RunningOwner } from "#internal/call/running/running.js";
import { localPeer } from "#internal/peer.js";
import { newEndpoint } from "./sessions.ts";
import { VirtualClock } from "./virtual-clock.ts";

const endpoint = newEndpoint(new VirtualClock());

export const owner: RunningOwner = {
  endpoint,
  account: endpoint.memory.account(endpoint.counters, localPeer("a test")),
  peer: localPeer("a test"),
  connection: "",
  size: 1,
  identity: null,
  watch() {},
  expired() {},
  receive: (_call, args) => args,
  returned() {},
  failed() {},
  body() {},
};
