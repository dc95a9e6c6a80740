// The session: the parts of it that a client of plain data has no use for, as a platform has them. What an interface declares brings
// them (objects.ts), so a bundler takes them along only where something is declared that needs them. Only types are known here.

import type { Doors } from "../../call/access.ts";
import type { Workplace } from "../../contract/callee.ts";
import { PlatformFeature } from "../../endpoint/features.ts";
import type { Household, Platform } from "../../endpoint/platform.ts";
import type { Interface } from "../../interface/define.ts";
import { brought } from "../../interface/spec.ts";
import type { Peer } from "../../peer.ts";
import type { CalleeHalf } from "./answering/callee.ts";
import type { Transfers } from "./calling/plain-transfers.ts";
import type { Carriage, CarriageLine } from "./carrying/carriage.ts";
import type { FrameOutput } from "./output/output.ts";

export class NativeParts {
  /** Makes what carries objects, functions and streams. */
  carriage: ((home: Household, output: FrameOutput, line: CarriageLine, workplace: Workplace) => Carriage) | null =
    null;
  /** Makes what looks after what calls take along and bring. */
  transfers: ((home: Household, output: FrameOutput, carriage: () => Carriage) => Transfers) | null = null;
  /** Makes the half that answers calls. */
  upcalls:
    | ((
        home: Household,
        output: FrameOutput,
        from: Peer,
        workplace: Workplace,
        doors: Doors | null,
        carriage: () => Carriage,
      ) => CalleeHalf)
    | null = null;
}

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
