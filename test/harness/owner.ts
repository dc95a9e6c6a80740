// What a call that runs belongs to, where a test has the call alone.

import type { RunningOwner } from "#internal/call/running/running.js";
import { localPeer } from "#internal/peer.js";
import { household } from "./sessions.ts";
import { VirtualClock } from "./virtual-clock.ts";

const home = household(new VirtualClock());

export const owner: RunningOwner = {
  home,
  account: home.memory.account(home.counters, localPeer("a test")),
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
