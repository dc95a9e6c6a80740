// The session, what is carried: the tables behind the numbers, as a platform has them whose interfaces need them. An interface with
// streams brings the one, an interface with references the other. Only types are known here.

import type { Workplace } from "../../../contract/callee.ts";
import type { Household } from "../../../endpoint/platform.ts";
import type { FrameOutput } from "../output/output.ts";
import type { CarriageLine, CarriedReferences } from "./references.ts";
import type { CarriedStreams } from "./streams.ts";

type MakeReferences = (
  home: Household,
  output: FrameOutput,
  terms: CarriageLine,
  workplace: Pick<Workplace, "dispose">,
) => CarriedReferences;

export class CarriedParts {
  streams: ((home: Household, output: FrameOutput, peer: string) => CarriedStreams) | null = null;
  references: MakeReferences | null = null;
}
