// The session: what is brought along by interfaces that carry objects and functions, and by those that carry streams. Servers bring both.

import type { Platform } from "../../endpoint/platform.ts";
import { CalleeHalf } from "./answering/callee.ts";
import { PromiseParts } from "./calling/plain-transfers.ts";
import { promise } from "./calling/promising.ts";
import { CallTransfers } from "./calling/transfers.ts";
import { Carriage } from "./carrying/carriage.ts";
import { CarriedParts } from "./carrying/parts.ts";
import { CarriedReferences } from "./carrying/references.ts";
import { CarriedStreams } from "./carrying/streams.ts";
import { NativeParts } from "./parts.ts";

/** What both need: handles at the places that an interface declares. */
function addCarriage(platform: Platform): void {
  const parts = platform.part(NativeParts);
  parts.carriage = (home, output, line, workplace) => new Carriage(home, output, line, workplace);
  parts.transfers = (home, output, carriage) => new CallTransfers(home, output, carriage);
}

export function addStreams(platform: Platform): void {
  addCarriage(platform);
  platform.part(CarriedParts).streams = (home, output, peer) => new CarriedStreams(home, output, peer);
}

export function addObjects(platform: Platform): void {
  addCarriage(platform);
  platform.part(PromiseParts).promise = promise;
  platform.part(CarriedParts).references = (home, output, terms, workplace) =>
    new CarriedReferences(home, output, terms, workplace);
  platform.part(NativeParts).upcalls = (home, output, from, workplace, doors, carriage) =>
    new CalleeHalf(home, output, from, workplace, doors, carriage);
}
