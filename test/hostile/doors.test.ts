// Doors, and what is behind them, against a server process: each case by the criterion of judge.ts.

import { play } from "./played.ts";
import { doors } from "./tables/doors.ts";
import { permission } from "./tables/permission.ts";

play([doors, permission]);
