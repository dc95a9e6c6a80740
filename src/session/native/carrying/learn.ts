// The session, what is carried: looks for what an interface brings along when it is announced, or when one of its objects is given
// away, and has it put in its place. It does not know what that is.

import { PlatformFeature } from "../../../endpoint/features.ts";
import type { Platform } from "../../../endpoint/platform.ts";
import type { Interface } from "../../../interface/define.ts";
import { brought } from "../../../interface/spec.ts";

/** The platform has what an interface needs from now on. True where it needs something. */
export function learn(platform: Platform, { table }: Interface): boolean {
  let needs = false;
  for (const { method } of table) {
    if (method.carries === null) continue;
    for (const spec of [...method.carries.args, method.carries.returns]) {
      const feature = spec?.[brought];
      if (feature instanceof PlatformFeature) {
        feature.addTo(platform);
        needs = true;
      }
    }
  }
  return needs;
}
