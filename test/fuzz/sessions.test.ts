// Fuzzing: many frames, or chunks, for each kind of session, always the same ones.
import { suite } from "node:test";
import { fuzzed } from "./fuzzed.ts";
import { talkers } from "./sessions.ts";

suite("sessions", () => fuzzed(talkers));
