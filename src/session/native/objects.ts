// The session: what is brought along by interfaces that carry objects, functions or streams, and by servers.

import { CalleeHalf } from "./answering/callee.ts";
import { CallTransfers } from "./calling/transfers.ts";
import { Carriage } from "./carrying/carriage.ts";
import type { NativeParts } from "./parts.ts";

export function addObjects(parts: NativeParts): void {
  parts.carriage = (home, output, line, workplace) => new Carriage(home, output, line, workplace);
  parts.transfers = (home, output, carriage) => new CallTransfers(home, output, carriage);
  parts.upcalls = (home, output, from, workplace, doors, carriage) =>
    new CalleeHalf(home, output, from, workplace, doors, carriage);
}
