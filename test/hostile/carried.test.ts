// Hostile clients with references, streams and many calls against a server process: each attack by the criterion of
// judge.ts.
import { play } from "./played.ts";
import { calls } from "./tables/calls.ts";
import { references } from "./tables/references.ts";
import { streams } from "./tables/streams.ts";

play([references, streams, calls]);
