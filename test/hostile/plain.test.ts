// Hostile clients on the plain wire, and everything at once, against a server process: each attack by the criterion of
// judge.ts.
import { play } from "./played.ts";
import { life } from "./tables/life.ts";
import { plain } from "./tables/plain.ts";

play([plain, life]);
