// Hostile clients against authentication, sessions and what is behind them, in a server process: each attack by the
// criterion of judge.ts.
import { play } from "./played.ts";
import { doors } from "./tables/doors.ts";
import { permission } from "./tables/permission.ts";

play([doors, permission]);
