// Workers: what this platform hands to every session of the process: its clock, its randomness, its ways with strings,
// and who stands in for what travels by reference.

import { systemClock, systemRandomness } from "../clock.ts";
import { Platform } from "../endpoint/platform.ts";
import { nodeText } from "../transport/text.ts";
import { addEverything } from "./brought-along.ts";

/** One for the process: all its sessions share the wheel of deadlines and the memory for output. */
export const nodePlatform: Platform = /* @__PURE__ */ made();

function made(): Platform {
  const platform = new Platform(systemClock, systemRandomness, nodeText);
  addEverything(platform);
  return platform;
}
