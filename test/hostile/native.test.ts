// Frames and values that are none against a server process: each case by the criterion of judge.ts.

import { play } from "./played.ts";
import { floods } from "./tables/floods.ts";
import { framing } from "./tables/framing.ts";
import { messagepack } from "./tables/messagepack.ts";

play([framing, messagepack, floods]);
