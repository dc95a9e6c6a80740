// Fuzzing: many random frames, or chunks, for each kind of session.
import { suite } from "node:test";
import { fuzzed } from "./fuzzed.ts";
import { talkers } from "./sessions.ts";

suite("sessions", () => fuzzed(talkers));
