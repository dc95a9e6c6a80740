// The plain wire, and life with all who come, against a server process: each case by the criterion of judge.ts.

import { play } from "./played.ts";
import { life } from "./tables/life.ts";
import { plain } from "./tables/plain.ts";

play([plain, life]);
