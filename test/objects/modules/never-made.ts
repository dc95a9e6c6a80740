// An object for each call that is never made.
import { implement } from "upcall";
import { Never } from "../never.ts";

export default implement(Never, () => new Promise<{ ping(): string }>(() => {}), { per: "call" });
