// Loaded by workers, and served inline by the same suite.
import { implement } from "upcall";
import { Counter, RealCounter } from "../counter.ts";

export default implement(Counter, (context) => new RealCounter(context), { per: "connection" });
