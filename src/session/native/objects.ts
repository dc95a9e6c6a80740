// The session: what is brought along by interfaces that carry objects and functions, and by those that carry streams. Servers bring both.

import type { Platform } from "../../endpoint/platform.ts";
import { CalleeHalf } from "./answering/callee-half.ts";
import { PromiseParts } from "./calling/plain-transfers.ts";
import { promise } from "./calling/promising.ts";
import { CallTransfers } from "./calling/transfers.ts";
import { CarriedReferences } from "./carrying/carried-references.ts";
import { CarriedStreams } from "./carrying/carried-streams.ts";
import { CarriedParts } from "./carrying/carrying-parts.ts";
import { ReferenceTransfer } from "./carrying/reference-transfer.ts";
import { NativeParts } from "./session-parts.ts";

/** What both need: handles at the places that an interface declares. */
function addCarriage(platform: Platform): void {
  const parts = platform.part(NativeParts);
  parts.transfer = (endpoint, output, line, dispatcher) => new ReferenceTransfer(endpoint, output, line, dispatcher);
  parts.transfers = (endpoint, output, transfer) => new CallTransfers(endpoint, output, transfer);
}

export function addStreams(platform: Platform): void {
  addCarriage(platform);
  platform.part(CarriedParts).streams = (endpoint, output, peer) => new CarriedStreams(endpoint, output, peer);
}

export function addObjects(platform: Platform): void {
  addCarriage(platform);
  platform.part(PromiseParts).promise = promise;
  platform.part(CarriedParts).references = (endpoint, output, terms, dispatcher) =>
    new CarriedReferences(endpoint, output, terms, dispatcher);
  platform.part(NativeParts).upcalls = (endpoint, output, from, dispatcher, accessHooks, transfer) =>
    new CalleeHalf(endpoint, output, from, dispatcher, accessHooks, transfer);
}
