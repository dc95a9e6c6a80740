// The session: the parts of it that a client of plain data has no use for, as a platform has them. What an interface declares brings
// them (objects.ts), so a bundler takes them along only where something is declared that needs them. Only types are known here.

import type { AccessHooks } from "../../call/access.ts";
import type { Dispatcher } from "../../contract/callee.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import type { Peer } from "../../peer.ts";
import type { CalleeHalf } from "./answering/callee-half.ts";
import type { Transfers } from "./calling/plain-transfers.ts";
import type { TransferLine } from "./carrying/carried-references.ts";
import type { ReferenceTransfer } from "./carrying/reference-transfer.ts";
import type { FrameOutput } from "./output/output.ts";

export class NativeParts {
  /** Makes what carries objects, functions and streams. */
  transfer:
    | ((endpoint: Endpoint, output: FrameOutput, line: TransferLine, dispatcher: Dispatcher) => ReferenceTransfer)
    | null = null;
  /** Makes what looks after what calls take along and bring. */
  transfers: ((endpoint: Endpoint, output: FrameOutput, transfer: () => ReferenceTransfer) => Transfers) | null = null;
  /** Makes the half that answers calls. */
  upcalls:
    | ((
        endpoint: Endpoint,
        output: FrameOutput,
        from: Peer,
        dispatcher: Dispatcher,
        accessHooks: AccessHooks | null,
        transfer: () => ReferenceTransfer,
      ) => CalleeHalf)
    | null = null;
}
