// Fuzzing: many random inputs for each decoder of bytes. `node scripts/fuzz.mjs --seed 7` gives others.
import { suite } from "node:test";
import { decoders } from "./bytes.ts";
import { fuzzed } from "./fuzzed.ts";

suite("decoders", () => fuzzed(decoders));
