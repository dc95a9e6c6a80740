// What a call that runs belongs to, where a test has the call alone.

import type { RunningOwner } from "#internal/session/native/answering/running.js";
import { VirtualClock } from "../virtual-clock.ts";
import { household } from "./harness.ts";

export const owner: RunningOwner = {
  home: household(new VirtualClock()),
  peer: "a test",
  watched: false,
  size: 1,
  identity: null,
  watch() {},
  expired() {},
  receive: (_call, args) => args,
  returned() {},
  failed() {},
  body() {},
};
