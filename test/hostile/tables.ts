// All tables, for whoever makes a page of them.

import type { Table } from "./case.ts";
import { calls } from "./tables/calls.ts";
import { closing } from "./tables/closing.ts";
import { descriptors } from "./tables/descriptors.ts";
import { doors } from "./tables/doors.ts";
import { floods } from "./tables/floods.ts";
import { framing } from "./tables/framing.ts";
import { life } from "./tables/life.ts";
import { lostWorkers } from "./tables/lost.ts";
import { memory } from "./tables/memory.ts";
import { messagepack } from "./tables/messagepack.ts";
import { permission } from "./tables/permission.ts";
import { plain } from "./tables/plain.ts";
import { references } from "./tables/references.ts";
import { streams } from "./tables/streams.ts";

export const tables: readonly Table[] = [
  framing,
  messagepack,
  floods,
  references,
  streams,
  calls,
  plain,
  memory,
  life,
  lostWorkers,
  descriptors,
  closing,
  doors,
  permission,
];
