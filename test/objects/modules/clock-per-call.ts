// Loaded by workers, and served inline by the same suite.
import { implement } from "upcall";
import { Clock, RealClock } from "../clock.ts";

export default implement(Clock, () => new RealClock(), { per: "call" });
