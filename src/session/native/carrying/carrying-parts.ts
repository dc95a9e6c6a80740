// The session, what is carried: the tables behind the numbers, as a platform has them whose interfaces need them. An interface with
// streams brings the one, an interface with references the other. Only types are known here.

import type { Dispatcher } from "../../../contract/callee.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { FrameOutput } from "../output/output.ts";
import type { CarriedReferences, TransferLine } from "./carried-references.ts";
import type { CarriedStreams } from "./carried-streams.ts";

type MakeReferences = (
  endpoint: Endpoint,
  output: FrameOutput,
  terms: TransferLine,
  dispatcher: Pick<Dispatcher, "dispose">,
) => CarriedReferences;

export class CarriedParts {
  streams: ((endpoint: Endpoint, output: FrameOutput, peer: string) => CarriedStreams) | null = null;
  references: MakeReferences | null = null;
}
