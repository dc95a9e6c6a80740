// The session: what is brought along by interfaces that carry objects, functions or streams, and by servers.

import { CalleeHalf } from "./answering/callee.ts";
import { Carriage } from "./carrying/carriage.ts";
import type { NativeParts } from "./parts.ts";

export function addObjects(parts: NativeParts): void {
  parts.carriage = (home, output, line, workplace) => new Carriage(home, output, line, workplace);
  parts.upcalls = (home, output, from, workplace, doors, carriage) =>
    new CalleeHalf(home, output, from, workplace, doors, carriage);
}
