// Fuzzing: many inputs for each decoder, always the same ones. `node scripts/fuzz.mjs --seed 7` gives others.
import { suite } from "node:test";
import { decoders } from "./bytes.ts";
import { fuzzed } from "./fuzzed.ts";

suite("decoders", () => fuzzed(decoders));
