// Hostile clients and the server's resources: lost workers, no file descriptors left, and closing in the middle of it,
// each by the criterion of judge.ts.
import { play } from "./played.ts";
import { closing } from "./tables/closing.ts";
import { descriptors } from "./tables/descriptors.ts";
import { lostWorkers } from "./tables/lost.ts";

play([lostWorkers, descriptors, closing]);
