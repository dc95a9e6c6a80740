// Hostile clients and memory: what many connections hold together, by the criterion of judge.ts, and by what the
// process has.
import { play } from "./played.ts";
import { memory } from "./tables/memory.ts";

play([memory]);
