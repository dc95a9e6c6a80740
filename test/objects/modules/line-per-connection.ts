// Loaded by workers: for the plain wire.
import { implement } from "upcall";
import { Line, RealLine } from "../counter.ts";

export default implement(Line, () => new RealLine(), { per: "connection" });
