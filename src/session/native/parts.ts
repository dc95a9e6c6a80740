// The session: the parts of it that a client of plain data has no use for, as a platform has them. What an interface declares brings
// them (objects.ts), so a bundler takes them along only where something is declared that needs them. Only types are known here.

import type { Doors } from "../../call/access.ts";
import type { Workplace } from "../../contract/callee.ts";
import type { Household } from "../../endpoint/platform.ts";
import type { Peer } from "../../peer.ts";
import type { CalleeHalf } from "./answering/callee.ts";
import type { Transfers } from "./calling/plain-transfers.ts";
import type { Carriage } from "./carrying/carriage.ts";
import type { CarriageLine } from "./carrying/references.ts";
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
