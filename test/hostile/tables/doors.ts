// Who may come in, and what they may call, on a real server.

import type { Table } from "../case.ts";

export const doors: Table = { name: "doors", cases: [] };
