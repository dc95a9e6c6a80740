// Hostile clients on the native wire: invalid frames and values against a server process, each attack by the criterion
// of judge.ts.
import { play } from "./played.ts";
import { floods } from "./tables/floods.ts";
import { framing } from "./tables/framing.ts";
import { messagepack } from "./tables/messagepack.ts";

play([framing, messagepack, floods]);
