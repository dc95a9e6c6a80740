// Loaded by workers, and served inline by the same suite.
import { implement } from "upcall";
import { Bank, RealBank } from "../bank.ts";

export default implement(Bank, () => new RealBank());
